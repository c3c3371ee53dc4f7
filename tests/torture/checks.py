"""What must hold after a round, and how it is brought to its end."""
import json
import subprocess
import time

from tally import TALLY
from world import ALLOW, Failed, wait_for


def check_store(world):
    done = subprocess.run(["git", "fsck", "--strict"],
                          cwd=world.dir / "store.git", capture_output=True,
                          text=True)
    if done.returncode:
        raise Failed("git fsck: " + done.stdout + done.stderr)
    world.good([0], "state", "fsck")


def recorded(world):
    """Each file of a record that the store has: path -> (object, bytes)."""
    done = subprocess.run(["git", "ls-tree", "-r", "-l", "main", "changes"],
                          cwd=world.dir / "store.git", capture_output=True,
                          text=True)
    files = {}
    for line in done.stdout.splitlines():
        about, path = line.split("\t")
        _, _, name, size = about.split()
        files[path] = (name, int(size))
    return files


def check_kept(world, before):
    """What was recorded still is, as it was; a journal may have grown."""
    after = recorded(world)
    for path, (name, size) in before.items():
        now = after.get(path, ("", 0))
        if now[0] == name or (path.endswith("/journal.jsonl") and
                              now[1] >= size):
            continue
        TALLY.lose(size)
        raise Failed("recorded and lost: " + path)


def check_once(world, since, calls):
    """No step was carried out twice, and nothing that no step is."""
    sent = world.sent()[since:]
    for call in set(sent):
        if sent.count(call) > calls.count(call):
            TALLY.twice()
            raise Failed("sent more often than planned: " + call)


def calls_of(plan):
    return [json.dumps([step["call"], step["parameters"]], sort_keys=True)
            for step in plan["steps"]]


def check_account(world, change, since):
    """What the result says of each step is what the requests say."""
    result = world.stored(f"changes/{change}/result.json")
    plan = world.stored(f"changes/{change}/plan.json")
    if result is None:
        raise Failed(f"{change} has no result after resume")
    sent = world.sent()[since:]
    for step, call in zip(result["steps"], calls_of(plan)):
        was = call in sent
        if step["state"] in ("done", "waiting") and not was:
            raise Failed(f"said to be {step['state']}, never sent: {call}")
        if step["state"] in ("skipped",) and was:
            raise Failed(f"said to be skipped, but sent: {call}")
    return result


def resume_all(world, before):
    """Account for what is unfinished; the newest change, if one was begun."""
    for change in world.changes():
        if world.stored(f"changes/{change}/result.json") is None:
            world.good([0, 1, 4], "resume", change)
    new = [one for one in world.changes() if one not in before]
    return new[-1] if new else None


def go_on(world):
    """Forward to what was planned."""
    # made within the same second, it would be the very plan that was broken
    made = world.plan["created_at"]
    wait_for(lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                   time.gmtime()) != made)
    world.good([0], "plan", "-o", "next.json")
    if json.loads((world.dir / "next.json").read_text())["steps"]:
        world.good([0], "apply", "next.json", "--yes", *ALLOW)


def reboot_rest(world):
    """What was cut off between a parameter and its reboot, as docs say."""
    if "pending-reboot" not in world.live():
        return
    file = json.loads((world.dir / "aback.yaml").read_text())
    file["rules"] = [{"match": {"kind": "instance"},
                      "set": {"pending_reboot": False}}]
    world.write("reboot.yaml", json.dumps(file))
    world.good([0], "plan", "-f", "reboot.yaml", "-o", "reboot.json")
    world.good([0], "apply", "-f", "reboot.yaml", "reboot.json", "--yes",
               *ALLOW)


def compare(world, wanted, what):
    reboot_rest(world)
    live = world.live()
    if live != wanted:
        there = set(wanted.splitlines())
        new = [line for line in live.splitlines() if line not in there]
        raise Failed(f"{what}: live is not as it must be:\n" + "\n".join(new))


def finish_apply(world, ending, since, goal):
    """After a broken apply: on to the plan, or back to the start."""
    before = recorded(world)
    change = resume_all(world, [])
    check_once(world, since, calls_of(world.plan))
    if change is None:
        # nothing was begun, so nothing was sent, and the plan still holds
        compare(world, world.start, "nothing was begun")
        world.good([0], "apply", "plan.json", "--yes", *ALLOW)
        compare(world, goal, "applied after all")
        check_kept(world, before)
        return
    check_account(world, change, since)
    if ending == "forward":
        go_on(world)
        compare(world, goal, "went on")
    else:
        world.back_out(change)
        compare(world, world.start, "backed out")
    check_kept(world, before)
    check_store(world)


def finish_backout(world, ending, since, goal):
    """After a broken backout: back to the start, or to what was applied."""
    before = recorded(world)
    first = world.first_change
    change = resume_all(world, [first])
    if change is None:
        compare(world, goal, "no backout was begun")
    else:
        check_once(world, since, calls_of(
            world.stored(f"changes/{change}/plan.json")))
        check_account(world, change, since)
    if ending == "forward" and change:
        world.back_out(change)
        compare(world, goal, "the backout backed out")
    else:
        world.back_out(first)
        compare(world, world.start, "backed out after all")
    check_kept(world, before)
    check_store(world)
