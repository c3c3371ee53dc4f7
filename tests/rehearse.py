#!/usr/bin/env python3
"""rehearse.py BUILD_DIR PLAN...: play plans through before they meet AWS.

For each plan the bundled simulator gets a fleet with the values that the plan
saw. Then: apply, back out, apply. Live, as the simulator has it, must be the
plan's `after` after each apply, and the very same as at the start after the
backout. Nothing but the simulator is talked to.

The plan is rehearsed as it is, but for what ties it to a place: the desired
file that it names, and the roles of its targets. A backout is rehearsed behind
the change that it undoes, and has to come out with the same calls.

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

from rehearsal.fleet import ROLE
from rehearsal.kinds import CannotRehearse, kind_of, split_address
from rehearsal.left import comparable, difference, left_behind
from rehearsal.stage import PATIENCE_S, Stage, WentWrong, text_of

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


def back_out(stage, say):
    """Changes that it undoes, as they are; what it cannot do is told."""
    changes = {(change["target"], change["address"], change["setting"]): change
               for change in stage.plan["changes"]}
    run = stage.aback("backout", "--last", "-o", "backout.json", ok=(0, 3))
    blocked = (stage.read("backout.json")["blocked"] if not run.returncode
               else changes.values())
    for entry in blocked:
        say(f"not backed out: {entry['address']}:{entry['setting']}: "
            + (entry.get("reason") or run.stderr.strip()))
        changes.pop((entry["target"], entry["address"], entry["setting"]))
    if changes:
        run = stage.aback("backout", "--last", "--apply", "--yes", *ALLOW,
                          ok=(0, 4))
        if run.returncode and not blocked:
            raise WentWrong(run.stdout + run.stderr)
    return list(changes.values())


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
    plan = dict(stage.plan, desired=dict(stage.plan["desired"],
                                         sha256=stage.desired([])))
    stage.write("plan.json", text_of(seal(plan)))
    fits = stage.aback("show", "plan.json", "--check", ok=(0, 2))
    if fits.returncode:
        raise CannotRehearse("the fleet that it gives does not fit it:\n"
                             + fits.stdout)
    start = stage.live()
    apply_checked(stage, "first", say, "apply", "plan.json")
    undone = back_out(stage, say)
    if len(undone) < len(plan["changes"]):
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

def named(rule, *left_out):
    """A rule as a desired file names it."""
    return {key: rule[key] for key in rule
            if key not in ("rule_id",) + left_out}


def peer(rule):
    return named(rule, "description", "tags")


def wish(setting, value, prior):
    """The rule's `set` that asks for a plan's value where there is `prior`."""
    if setting == "tags":
        return {"tags": {"include": value or {}}}
    if setting.startswith("tags/"):
        return {"tags": {"include": {setting[5:]: value}}}
    if setting in ("ingress", "egress"):
        parts = {"include": [named(rule) for rule in value
                             if rule not in prior],
                 "exclude": [peer(rule) for rule in prior
                             if peer(rule) not in map(peer, value)]}
        return {setting: {part: parts[part] for part in parts if parts[part]}}
    if setting == "associated_roles":
        return {setting: [dict(zip(("role_arn", "feature_name"),
                                   text.split(" "))) for text in value]}
    if setting == "database_activity_stream" and value:
        return {setting: dict(zip(("mode", "kms_key_id"), value.split(" ")))}
    return {setting: value}


def rules_of(plan):
    """What sets that which a backout undoes; also as each change's `undone`."""
    rules = []
    for change in plan["changes"]:
        kind, name = split_address(change["address"])
        pending = change["pending"]
        value = change["before"] if pending is None else pending
        change["undone"] = value
        if change["setting"] in ("exists", "pending_reboot"):
            continue  # follows from the others
        rule = {"match": {"kind": kind, "id": name},
                "set": wish(change["setting"], value, change["after"])}
        if pending is not None:
            rule["when"] = "window"
        rules.append(rule)
    return rules


def calls_of(plan):
    """Without the ids of rules, which are others after each authorisation."""
    return sorted(re.sub("sgr-[0-9a-f]+", "sgr-…", json.dumps(
        [step["call"], step["parameters"]], sort_keys=True))
                  for step in plan["steps"])


def rehearse_backout(stage, say):
    """The fleet has the values from before the change that it undoes."""
    stage.desired(rules_of(stage.plan))
    stage.aback("plan", "-o", "forward.json")
    stage.aback("apply", "forward.json", "--yes", *ALLOW, ok=(0, 4))
    start = stage.live()
    stage.aback("backout", "--last", "-o", "plan.json")
    made = calls_of(stage.read("plan.json"))
    if made != calls_of(stage.plan):
        raise WentWrong("the backout makes other calls:\n"
                        + json.dumps(made, indent=1) + "\n"
                        + json.dumps(calls_of(stage.plan), indent=1))
    apply_checked(stage, "first", say, "apply", "plan.json")
    apply(stage, "backout", "--last", "--apply")
    if any(change["pending"] is not None for change in stage.plan["changes"]):
        # what was pending is set now, and not left to the window again
        stage.check("undone", "after the backout", stage.plan["changes"])
        say("backout: live is as at the start")
    else:
        check_start(stage, start, "after the backout", say)
    apply_checked(stage, "second", say, "backout", "--last", "--apply")


# ---- all of them ----------------------------------------------------------

def localise(plan):
    """One set of credentials reaches all accounts by roles of the fleet."""
    accounts = [target["account_id"] for target in plan["targets"]]
    for target in plan["targets"]:
        target["role_arn"] = None if target["account_id"] == accounts[0] else (
            f"arn:aws:iam::{target['account_id']}:role/{ROLE}")


def rehearse(build, path):
    def say(line):
        print(f"  {line}", flush=True)

    print(path, flush=True)
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    if not plan["steps"]:
        say("it has no steps")
        return
    for change in plan["changes"]:
        kind_of(change["address"])
    localise(plan)
    backout = plan["kind"] == "backout"
    with tempfile.TemporaryDirectory(prefix="aback-rehearsal-") as directory, \
            contextlib.ExitStack() as stack:
        stage = Stage(build, directory, plan, "after" if backout else "before")
        stack.callback(stage.stop)
        stage.start()
        (rehearse_backout if backout else rehearse_apply)(stage, say)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__.split("\n", maxsplit=1)[0])
    code = 0
    for path in sys.argv[2:]:
        try:
            rehearse(os.path.realpath(sys.argv[1]), path)
        except CannotRehearse as why:
            print(f"  cannot be rehearsed: {why}", file=sys.stderr)
            code = code or 2
        except WentWrong as why:
            print(f"  went wrong: {why}", file=sys.stderr)
            code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
