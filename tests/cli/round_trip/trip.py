#!/usr/bin/env python3
"""trip.py SEED [CLUSTERS]: a random fleet, a random desired file.

Plan, apply, plan again, back out, back that out as well: the second plan must
be empty, the fleet as it was before and then as it was after, and the requests
that changed something must be the steps of the plans, each sent once. What
cannot return is what the plan itself called one-way or left behind, and what a
colleague changed before the backout stays as he left it. Run in an empty
folder; ABACK and ABACK_SIM name the programs.
"""
import json
import os
import random
import subprocess
import sys
import time
import urllib.request

import fleet as world
import wishes
from fleet import ACCOUNT, REGION, by_member, chance

ALLOW = ["lossy", "one-way", "restart", "exposure", "many", "no-way-back"]


# ---- the simulator and the tool ----

class Simulator:
    def __init__(self, program, *options):
        if os.path.exists("port"):
            os.remove("port")
        self.process = subprocess.Popen(
            [program, "--port-file", "port", "--settle-ms", "10",
             "--no-throttle", *options], stdout=subprocess.DEVNULL)
        while not os.path.exists("port"):
            assert self.process.poll() is None, "the simulator ended"
            time.sleep(0.02)
        with open("port") as port:
            self.url = f"http://127.0.0.1:{port.read().strip()}"

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data) as answer:
            return json.load(answer)

    def fleet(self):
        return self.ask("/_sim/fleet")

    def stop(self):
        self.process.terminate()
        self.process.wait()

    def poke(self, address, members):
        self.ask("/_sim/poke", {"account": ACCOUNT, "region": REGION,
                                "address": address, "set": members})

    def let_time_pass(self):
        """The window comes, everything lands, everything is rebooted."""
        self.ask("/_sim/window", {})
        time.sleep(0.1)
        for instance in self.fleet()["accounts"][0]["regions"][0]["instances"]:
            self.poke("instance/" + instance["DBInstanceIdentifier"],
                      {"reboot": True})


class Failed(Exception):
    pass


def run(good, *command):
    done = subprocess.run([os.environ["ABACK"], *command], text=True,
                          capture_output=True)
    if done.returncode not in good:
        raise Failed(f"exit code {done.returncode} from {' '.join(command)}\n"
                     f"{done.stdout}{done.stderr}")
    return done


def load(path):
    with open(path) as file:
        return json.load(file)


def result():
    done = subprocess.run(
        ["git", "-C", "store.git", "ls-tree", "--name-only", "main:changes"],
        check=True, capture_output=True, text=True)
    change = done.stdout.split()[-1]
    done = subprocess.run(
        ["git", "-C", "store.git", "show",
         f"main:changes/{change}/result.json"],
        check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def apply(path, simulator):
    allow = [word for name in ALLOW for word in ("--allow", name)]
    done = run([0, 4], "apply", path, "--yes", "--deadline", "30s", *allow)
    if done.returncode == 0:
        return
    bad = [step for step in result()["steps"]
           if step["state"] not in ("done", "waiting")]
    if bad:
        raise Failed(f"{path}: {json.dumps(bad, indent=1)}\n{done.stdout}")
    simulator.let_time_pass()


# ---- what must hold ----

READ = {  # where settings are read that need not come back
    "backtrack_window": "BacktrackWindow",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "manage_master_user_password": "MasterUserSecret",
    "master_user_secret_kms_key_id": "MasterUserSecret",
    # and those that a colleague may have changed
    "port": "Port",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "promotion_tier": "PromotionTier",
    "description": "Description",
    "retention_in_days": "retentionInDays",
}


def one_way(plan):
    """(address, member) of what the plan said would not come back.

    The member None is all of them: a resource that was made stays.
    """
    gone = set()
    for change in plan["changes"]:
        if all(plan["steps"][step]["backout"] for step in change["steps"]):
            continue
        name = change["setting"]
        gone.add((change["address"],
                  None if name == "exists" else READ.get(name, name)))
    return gone


def delivered(plan):
    """Log groups that AWS itself makes for the exports of the plan."""
    gone = set()
    for change in plan["changes"]:
        if change["setting"] == "enabled_cloudwatch_logs_exports":
            name = change["address"].split("/", 1)[1]
            gone |= {(world.address("log_group",
                                    f"/aws/rds/cluster/{name}/{log}"), None)
                     for log in change["after"] or []}
    return gone


def compare(before, after, allowed, what):
    wrong = [f"  {key[0]} {key[1]}: {before.get(key)} -> {after.get(key)}"
             for key in sorted(set(before) | set(after))
             if before.get(key) != after.get(key) and key not in allowed
             and not ((key[0], None) in allowed and key not in before)]
    if wrong:
        raise Failed(what + "\n" + "\n".join(wrong))


def check_log(plans):
    sent = []
    with open("sim.log") as log:
        for line in log:
            entry = json.loads(line)
            if entry["action"].startswith(("Describe", "Get", "List", "Lookup",
                                           "Simulate")):
                continue
            if entry["parameters"].get("DryRun") == "true":
                continue
            parameters = {key: value
                          for key, value in entry["parameters"].items()
                          if key not in ("Action", "Version")}
            sent.append(json.dumps([entry["service"] + ":" + entry["action"],
                                    parameters], sort_keys=True))
    planned = [json.dumps([step["call"], step["parameters"]], sort_keys=True)
               for plan in plans for step in plan["steps"]]
    if sorted(sent) != sorted(planned):
        raise Failed("what was sent is not what was planned\n"
                     f"  sent only: {sorted(set(sent) - set(planned))}\n"
                     f"  planned only: {sorted(set(planned) - set(sent))}")


def names(plan):
    """Of all changes that a rule asks for."""
    return {(change["address"], change["setting"])
            for change in plan["changes"] if change["via"] is None}


def check_second():
    run([0], "plan", "-o", "second.json")
    plan = load("second.json")
    if plan["changes"] or plan["waiting"]:
        raise Failed("the second plan is not empty: " + json.dumps(
            plan["changes"] + plan["waiting"], indent=1))


def check_held(first, back):
    """What was blocked may have become possible; the rest stays put."""
    run([0], "plan", "-o", "third.json")
    again = names(first) & names(back) & names(load("third.json"))
    if again:
        raise Failed(f"what was backed out is planned again: {sorted(again)}")


# what no rule of ours ever asks for
ELSE = {
    ("cluster", "Port"): 2000,
    ("iam_role", "Description"): "somebody else's",
    ("instance", "PreferredMaintenanceWindow"): "sun:23:50-mon:00:20",
    ("instance", "PromotionTier"): 15,
    ("log_group", "retentionInDays"): 3653,
}


def other(address, member):
    return ELSE.get((address.split("/")[0], member))


def meddle(simulator):
    """A colleague changes this and that; returns what is now his."""
    his = set()
    for (address, member) in by_member(simulator.fleet()):
        value = other(address, member)
        if value is None or not chance(15):
            continue
        simulator.poke(address.replace("%2F", "/"), {member: value})
        his.add((address, member))
    return his


def back_out(path, simulator, undone, his):
    if run([0, 3], "backout", "--last", "-o", path).returncode:
        return {"changes": [], "steps": []}  # all of it is one-way
    plan = load(path)
    allowed = one_way(undone) | his
    bad = [entry for entry in plan["blocked"] + plan["conflicts"]
           if (entry["address"], READ.get(entry["setting"])) not in allowed]
    if bad:
        raise Failed(f"{path}: " + json.dumps(bad, indent=1))
    apply(path, simulator)
    return plan


def round_trip(simulator):
    before = by_member(simulator.fleet())
    run([0], "init")
    run([0], "plan", "-o", "plan.json")
    plan = load("plan.json")
    if not plan["changes"]:
        return 0
    apply("plan.json", simulator)
    simulator.let_time_pass()
    there = by_member(simulator.fleet())
    check_second()
    his = meddle(simulator)
    back = back_out("back.json", simulator, plan, his)
    simulator.let_time_pass()
    compare({**before, **{key: other(*key) for key in his}},
            by_member(simulator.fleet()),
            (one_way(plan) | delivered(plan)) - his,
            "the backout did not bring back")
    check_held(plan, back)
    redo = back_out("redo.json", simulator, back, set())
    simulator.let_time_pass()
    compare(there, by_member(simulator.fleet()), one_way(back) | delivered(back) | his,
            "the backout of the backout did not bring back")
    check_log([plan, back, redo])
    return len(plan["changes"])


def main():
    clusters = sys.argv[2] if len(sys.argv) > 2 else "5"
    os.environ.update(AWS_ACCESS_KEY_ID="AKIAABACKSIMULATOR01",
                      AWS_SECRET_ACCESS_KEY="aback-simulator-secret-key",
                      AWS_REGION=REGION)
    makers = wishes.makers_of(os.environ["ABACK"])
    random.seed(int(sys.argv[1]))
    program = os.environ["ABACK_SIM"]
    simulator = Simulator(program, "--clusters", clusters, "--instances", "2",
                          "--seed", sys.argv[1])
    fleet = simulator.fleet()
    simulator.stop()
    world.fill(fleet)
    with open("fleet.json", "w") as out:
        json.dump(fleet, out, indent=1)
    wishes.write(fleet["accounts"][0]["regions"][0], makers, "aback.yaml")
    simulator = Simulator(program, "--fleet", "fleet.json", "--log", "sim.log")
    os.environ["AWS_ENDPOINT_URL"] = simulator.url
    try:
        changes = round_trip(simulator)
        print(f"seed {sys.argv[1]}: {changes} changes there and back")
    except Failed as failure:
        print(f"seed {sys.argv[1]}: {failure}")
        sys.exit(1)
    finally:
        simulator.stop()


main()
