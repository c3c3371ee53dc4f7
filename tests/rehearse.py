#!/usr/bin/env python3
"""aback-rehearse PLAN...: play plans through before they meet AWS.

(In the sources: rehearse.py BUILD_DIR PLAN..., or make rehearse PLAN=...)
For each plan the bundled simulator gets a fleet with the values that the plan
saw. Then: apply, back out, apply. Live, as the simulator has it, must be the
plan's `after` after each apply, and the very same as at the start after the
backout. Nothing but the simulator is talked to.

The plan is rehearsed as it is, but for what ties it to a place: the desired
file that it names, and the roles of its targets. A backout is rehearsed behind
the change that it undoes, a plan of 'drift -o' behind the loss of what was
recorded, and both have to come out with the same calls.

Exit codes: 0 all went well; 1 one did not; 2 one cannot be rehearsed, and why.
"""
import contextlib
import hashlib
import json
import os
import re
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from rehearsal.desired import rules_of
from rehearsal.fleet import ROLE
from rehearsal.kinds import CannotRehearse, kind_of, split_address
from rehearsal.left import comparable, difference, left_behind
from rehearsal.stage import PATIENCE_S, Stage, WentWrong, text_of

AT_ONCE = 6
CLASSES = ("lossy", "one-way", "restart", "exposure", "no-way-back", "many")
ALLOW = [word for name in CLASSES for word in ("--allow", name)]


def seal(plan):
    plan["id"] = ""
    plan["id"] = "sha256:" + hashlib.sha256(text_of(plan).encode()).hexdigest()
    return plan


def apply(stage, *words):
    """Do it; what waits for the maintenance window is left to wait."""
    run = stage.aback(*words, "--yes", *ALLOW, ok=(0, 4))
    if run.returncode and "for the maintenance window" not in run.stdout:
        raise WentWrong(run.stdout + run.stderr)
    return run.returncode


def stays(plan, change, say):
    """What was rebooted is rebooted, and no log group is deleted."""
    if change["setting"] == "exists" and (
            change["address"].startswith("log_group/")):
        say(f"stays: {change['address']}")
    return change["setting"] == "pending_reboot" or (
        change["address"].startswith("log_group/") and any(
            other["setting"] == "exists" for other in plan["changes"]
            if other["address"] == change["address"]))


def back_out(stage, say):
    """The changes that it undoes, and is that not all? What it cannot do is
    told."""
    changes = {(change["target"], change["address"], change["setting"]): change
               for change in stage.plan["changes"]}
    run = stage.aback("backout", "--last", "-o", "backout.json", ok=(0, 3))
    blocked = (stage.read("backout.json")["blocked"] if not run.returncode
               else list(changes.values()))
    for entry in blocked:
        say(f"not backed out: {entry['address']}:{entry['setting']}: "
            + (entry.get("reason") or run.stderr.strip()))
        changes.pop((entry["target"], entry["address"], entry["setting"]))
    if blocked:
        changes = {key: change for key, change in changes.items()
                   if not stays(stage.plan, change, say)}
    if changes and blocked:
        stage.aback("backout", "--last", "--apply", "--yes", *ALLOW, ok=(4,))
    elif changes:
        apply(stage, "backout", "--last", "--apply")
    return list(changes.values()), bool(blocked)


def check_start(stage, start, when, say):
    """All is as at the start, and what is known to stay is told."""
    wanted = comparable(start, start)
    until = time.monotonic() + PATIENCE_S
    while True:
        live = stage.live()
        differs = difference(wanted, comparable(live, start))
        if not differs:
            break
        if time.monotonic() > until:
            raise WentWrong(f"{when}, live is not as at the start:\n{differs}")
        time.sleep(0.05)
    for thing in left_behind(start, live):
        say(f"stays: {thing}")
    say("backout: live is as at the start")


def apply_checked(stage, turn, say, *words):
    if apply(stage, *words):
        stage.sim.window()
        say("the maintenance window has come")
    stage.check("after", f"after the {turn} apply", stage.plan["changes"])
    say(f"{turn} apply: live is as planned")


def rehearse_apply(stage, say):
    plan = dict(stage.plan, desired=dict(
        stage.plan["desired"], path="aback.yaml", sha256=stage.desired([])))
    stage.write("plan.json", text_of(seal(plan)))
    fits = stage.aback("show", "plan.json", "--check", ok=(0, 2))
    if fits.returncode:
        raise CannotRehearse("the fleet that it gives does not fit it:\n"
                             + fits.stdout)
    start = stage.live()
    apply_checked(stage, "first", say, "apply", "plan.json")
    undone, in_part = back_out(stage, say)
    if in_part:
        stage.check("before", "after the backout", undone)
        say(f"backout: {len(undone)} of {len(plan['changes'])} settings are as "
            "at the start")
        return
    check_start(stage, start, "after the backout", say)
    if stage.aback("show", "plan.json", "--check", ok=(0, 2)).returncode:
        say("what AWS numbers is another number now, or something stays:\n"
            "  the second apply is the backout of the backout")
        apply_checked(stage, "second", say, "backout", "--last", "--apply")
        return
    # a plan runs once in a store, and was held
    plan["desired"]["sha256"] = stage.desired([])
    stage.write("plan.json", text_of(seal(plan)))
    apply_checked(stage, "second", say, "apply", "plan.json")


# ---- backouts -------------------------------------------------------------

def calls_of(plan):
    """Without the ids of rules, which are others after each authorisation."""
    return sorted(re.sub("sgr-[0-9a-f]+", "sgr-…", json.dumps(
        [step["call"], step["parameters"]], sort_keys=True))
                  for step in plan["steps"])


def redoes(plan):
    """Does it back out a backout, and so do again what was done at first?"""
    return any((change["undoes"] or {}).get("redo")
               for change in plan["changes"])


def forward(stage):
    """Do what the desired file asks for."""
    stage.aback("plan", "-o", "forward.json")
    for entry in stage.read("forward.json")["blocked"]:
        raise CannotRehearse("what it undoes cannot be done there: "
                             f"{entry['address']}:{entry['setting']}: "
                             + entry["reason"])
    stage.aback("apply", "forward.json", "--yes", *ALLOW, ok=(0, 4))


def same_calls(stage, who):
    made, wanted = calls_of(stage.read("plan.json")), calls_of(stage.plan)
    if made != wanted:
        raise WentWrong(f"{who} makes other calls:\n" + "".join(
            [f"  - {call}\n" for call in wanted if call not in made]
            + [f"  + {call}\n" for call in made if call not in wanted]))


def rehearse_backout(stage, say):
    """Behind the change that it undoes, or that one and its backout."""
    again = redoes(stage.plan)
    stage.desired(rules_of(stage.plan, "after" if again else "undone", stage))
    forward(stage)
    if again:
        apply(stage, "backout", "--last", "--apply")
    start = stage.live()
    stage.aback("backout", "--last", "-o", "plan.json")
    same_calls(stage, "the backout")
    apply_checked(stage, "first", say, "apply", "plan.json")
    apply(stage, "backout", "--last", "--apply")
    if any(change["pending"] is not None for change in stage.plan["changes"]):
        # what was pending is set now, and not left to the window again
        stage.check("undone", "after the backout", [
            change for change in stage.plan["changes"]
            if change["setting"] != "pending_reboot"])
        say("backout: live is as at the start")
    else:
        check_start(stage, start, "after the backout", say)
    apply_checked(stage, "second", say, "backout", "--last", "--apply")


# ---- restoring what drifted -----------------------------------------------

def rehearse_restore(stage, say):
    """What it restores is recorded first, and then lost."""
    stage.desired(rules_of(stage.plan, "after", stage))
    start = stage.live()
    forward(stage)
    stage.stop()
    stage.start(start)
    start = stage.live()
    stage.aback("drift", "-o", "plan.json", ok=(2,))
    same_calls(stage, "finding the drift")
    apply_checked(stage, "first", say, "apply", "plan.json")
    apply(stage, "backout", "--last", "--apply")
    check_start(stage, start, "after the backout", say)
    apply_checked(stage, "second", say, "backout", "--last", "--apply")


# ---- all of them ----------------------------------------------------------

def localise(plan):
    """One set of credentials reaches all accounts by roles of the fleet."""
    accounts = [target["account_id"] for target in plan["targets"]]
    for target in plan["targets"]:
        target["role_arn"] = None if target["account_id"] == accounts[0] else (
            f"arn:aws:iam::{target['account_id']}:role/{ROLE}")


def read_plan(path):
    """What is no plan is nothing that could go wrong."""
    try:
        with open(path, encoding="utf-8") as file:
            plan = json.load(file)
    except OSError as why:
        raise CannotRehearse(why.strerror) from why
    except ValueError as why:
        raise CannotRehearse(f"it is no JSON: {why}") from why
    if not isinstance(plan, dict) or plan.get("format") != "aback-plan/1":
        raise CannotRehearse("it is no plan of the format aback-plan/1")
    return plan


def rehearse(build, path, say):
    plan = read_plan(path)
    if not plan["steps"]:
        say("it has no steps")
        return
    for change in plan["changes"]:
        kind_of(change["address"])
    localise(plan)
    backout = plan["kind"] == "backout"
    with tempfile.TemporaryDirectory(prefix="aback-rehearsal-") as directory, \
            contextlib.ExitStack() as stack:
        stage = Stage(build, directory, plan, "after" if (
            backout and not redoes(plan)) else "before")
        stack.callback(stage.stop)
        stage.start()
        {"apply": rehearse_apply, "backout": rehearse_backout,
         "restore": rehearse_restore}[plan["kind"]](stage, say)


def account(build, path):
    """What there is to say of a plan's rehearsal, and its exit code."""
    lines = [path]

    def say(line):
        lines.append("  " + line)

    try:
        rehearse(build, path, say)
    except CannotRehearse as why:
        say(f"cannot be rehearsed: {why}")
        return lines, 2
    except WentWrong as why:
        say(f"went wrong: {why}")
        return lines, 1
    except Exception:  # the others are rehearsed all the same
        say("went wrong in the rehearsal itself: " + traceback.format_exc())
        return lines, 1
    return lines, 0


def words():
    """Where the programs are, and the plans."""
    here, given = os.path.dirname(os.path.realpath(__file__)), sys.argv[1:]
    if not os.path.exists(os.path.join(here, "aback-sim")):
        # in the sources
        here, given = os.path.realpath(given[0]) if given else here, given[1:]
    if {"-h", "--help"} & set(given):
        print(__doc__.strip())
        sys.exit(0)
    if not given:
        sys.exit("which plan? " + __doc__.split("\n", maxsplit=1)[0])
    return here, given


def main():
    build, plans = words()
    codes = set()
    # they wait for the simulators most of the time
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for lines, code in pool.map(lambda path: account(build, path), plans):
            print("\n".join(lines), flush=True)
            codes.add(code)
    sys.exit(1 if 1 in codes else max(codes))


if __name__ == "__main__":
    main()
