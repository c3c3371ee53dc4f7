#!/usr/bin/env python3
"""torture.py [--short] [--seed N] [--only NAME]...

Breaks machine, disk, network, AWS and colleagues while aback applies a change
or backs one out, then lets the next commands account for it, and compares what
is live with what was there before or what was planned: to the letter. Prints
how much of each was tried and survived; exits 1 unless it is all of it.

ABACK, ABACK_SIM and ABACK_BUILD name the programs and the folder of the build.
--short takes a sample of the kill points instead of every one.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True  # nothing is left in the sources

# pylint: disable=wrong-import-position
from checks import (calls_of, check_once, compare, finish_apply,  # noqa: E402
                    finish_backout)
from fleet import FEW, MANY  # noqa: E402
from second import SCENARIOS  # noqa: E402
from tally import TALLY  # noqa: E402
from world import ALLOW, Failed, World  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent


class Scenario:
    """A command that is broken, and what comes before and after it."""

    codes = (0,)  # where nothing broke after all

    def __init__(self, name, rules, remote=False):
        self.name, self.rules, self.remote = name, rules, remote
        self.backs_out = name.endswith("backout")
        with self.world() as world:
            kept = world.points(*self.command(world))
            self.points = kept
            self.goal = None
        with World(rules, remote) as world:
            world.good([0], "apply", "plan.json", "--yes", *ALLOW)
            self.goal = world.live()

    def world(self):
        world = World(self.rules, self.remote)
        if self.backs_out:
            world.good([0], "apply", "plan.json", "--yes", *ALLOW)
            world.first_change = world.changes()[0]
        return world

    def command(self, world):
        if self.backs_out:
            return ["backout", world.first_change, "--apply", "--yes", *ALLOW]
        return ["apply", "plan.json", "--yes", *ALLOW]

    def finish(self, world, ending, since):
        if self.backs_out:
            finish_backout(world, ending, since, self.goal)
        else:
            finish_apply(world, ending, since, self.goal)


def kill_round(scenario, what, at, ending):
    with scenario.world() as world:
        since = len(world.sent())
        done = world.broken(what, at, *scenario.command(world))
        # how often it looks at AWS varies: the last points may not come
        if done.returncode not in (-9, *scenario.codes):
            raise Failed(f"not killed, but exit code {done.returncode}\n"
                         + done.stdout + done.stderr)
        scenario.finish(world, ending, since)


def disk_round(scenario, what, at, ending):
    """The disk gives out; it is mended before the next command."""
    with scenario.world() as world:
        since = len(world.sent())
        done = world.broken(what, at, *scenario.command(world))
        if done.returncode not in (0, 1, 3, 4):
            raise Failed(f"exit code {done.returncode}\n"
                         + done.stdout + done.stderr)
        if done.returncode in (1, 3) and world.sent()[since:]:
            raise Failed("said that nothing was changed:\n" + done.stderr)
        scenario.finish(world, ending, since)


def lost_round(scenario, at, ending):
    """The machine is gone with its store; only the remote is left."""
    with scenario.world() as world:
        since = len(world.sent())
        world.broken("kill", at, *scenario.command(world))
        shutil.rmtree(world.dir / "store.git")
        if not (world.sent()[since:]):
            # what was not pushed may be lost, as long as nothing was sent
            compare(world, world.start, "nothing was sent")
        world.good([0], "init")
        scenario.finish(world, ending, since)


FAULTS = [
    {"fault": "reset_before"}, {"fault": "reset_after"},
    {"fault": "hang", "ms": 500}, {"fault": "hang", "ms": 500, "effect": True},
    {"fault": "truncate"}, {"fault": "malformed"},
    {"fault": "error", "status": 500},
    {"fault": "error", "status": 500, "effect": True},
    {"fault": "error", "status": 503, "effect": True},
    {"fault": "throttle"},
    {"fault": "delay_effect", "ms": 1500},
    {"fault": "reset_after", "effect_ms": 1500},
    {"fault": "hang", "ms": 500, "effect": True, "effect_ms": 1500},
    {"fault": "reset_after", "more": {"fault": "reset_before"}},
    {"fault": "error", "status": 400, "code": "ExpiredToken"},
    {"fault": "ignore"},
]


def mutating(scenario):
    """Each call of a clean run: (service, action, which of that name)."""
    with scenario.world() as world:
        since = len(world.sent())
        world.good([0], *scenario.command(world))
        seen, calls = {}, []
        for call in world.sent()[since:]:
            service, action = json.loads(call)[0].split(":")
            seen[service, action] = seen.get((service, action), 0) + 1
            calls.append((service, action, seen[service, action]))
        return calls


def fault_round(scenario, call, fault):
    service, action, nth = call
    with scenario.world() as world:
        since = len(world.sent())
        entry = {key: value for key, value in fault.items() if key != "more"}
        world.ask("/_sim/faults", [{"service": service, "action": action,
                                    "nth": nth, **entry}])
        done = world.aback(*scenario.command(world), "--deadline", "20s")
        if done.returncode not in (0, 1, 4):
            raise Failed(f"exit code {done.returncode}\n{done.stderr}")
        if done.returncode == 0:
            compare(world, world.start if scenario.backs_out
                    else scenario.goal, "said to be done")
        scenario.finish(world, "back", since)


def race_round(rules):
    """Two start the same plan at the same instant from two clones."""
    with World(rules, remote=True) as world:
        shutil.copytree(world.dir / "store.git", world.dir / "other.git")
        commands = [["apply", "plan.json", "--yes", *ALLOW],
                    ["apply", "plan.json", "--yes", *ALLOW, "--state",
                     "other.git"]]
        gate = threading.Barrier(2)

        def go(words):
            gate.wait()
            return world.aback(*words)

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(go, commands))
        codes = sorted(one.returncode for one in ended)
        if codes != [0, 3]:
            raise Failed(f"exit codes {codes}\n" + "\n".join(
                one.stderr for one in ended))
        check_once(world, 0, calls_of(world.plan))
        if len(world.sent()) != len(world.plan["steps"]):
            raise Failed("not every step was sent once")


def lock_races(transport, races):
    """So many races for locks, and commits of eight clones at once."""
    done = subprocess.run([HERE / "races.sh", transport, str(races)],
                          text=True, capture_output=True, timeout=3000)
    lost = re.search(r" lost, (\d+) bytes", done.stdout)
    TALLY.lose(int(lost.group(1)) if lost else 0)
    if done.returncode or "0 won by nobody, 0 by several" not in done.stdout \
            or " 0 lost, 0 bytes" not in done.stdout:
        raise Failed(done.stdout + done.stderr)
    return races


# ---- the rounds ------------------------------------------------------------

def sample(items, count, rand, short):
    items = list(items)
    return sorted(rand.sample(items, min(count, len(items)))) if short \
        else items


def kill_rounds(scenarios, rand, short):
    for scenario in scenarios:
        total = len(scenario.points)
        for what in ("kill", "power"):
            for at in sample(range(1, total + 1), 8, rand, short):
                ending = ("forward", "back")[(at + (what == "kill")) % 2]
                yield (f"{scenario.name}: {what}",
                       f"at {at} of {total}, then {ending}", kill_round,
                       scenario, what, at, ending)


def second_rounds(scenarios, rand, short):
    for scenario in scenarios:
        total = len(scenario.points)
        for at in sample(range(1, total + 1), 2, rand, short):
            what = ("kill", "power")[at % 2]
            ending = ("forward", "back")[at // 2 % 2]
            yield (f"{scenario.name}: {what}",
                   f"at {at} of {total}, then {ending}", kill_round, scenario,
                   what, at, ending)


def disk_rounds(scenarios, rand, short):
    for scenario in scenarios:
        total = len(scenario.points)
        for what in ("full", "readonly", "broken"):
            for at in sample(range(1, total + 1), 4, rand, short):
                if scenario.points[at - 1] == "n":
                    continue
                ending = ("forward", "back")[at % 2]
                yield (f"{scenario.name}: disk {what}",
                       f"from {at} of {total}, then {ending}", disk_round,
                       scenario, what, at, ending)


def lost_rounds(scenario, rand, short):
    total = len(scenario.points)
    for at in sample(range(1, total + 1), 4, rand, short):
        ending = ("forward", "back")[at % 2]
        yield (f"{scenario.name}: machine lost",
               f"at {at} of {total}, then {ending}", lost_round, scenario, at,
               ending)


def fault_rounds(scenario, rand, short):
    pairs = [(call, fault) for call in mutating(scenario)
             for fault in FAULTS]
    chosen = rand.sample(pairs, min(6, len(pairs))) if short else pairs
    for call, fault in chosen:
        yield (f"{scenario.name}: fault of AWS or the network",
               f"{json.dumps(fault)} on {call}", fault_round, scenario, call,
               fault)


def race_rounds(short):
    for number in range(3 if short else 100):
        yield ("two applies at once", f"race {number}", race_round, FEW)
    for transport in ("file", "ssh", "https"):
        for number in range(0 if short else 20):
            yield (f"races for a lock over {transport}", f"fifty, {number}",
                   lock_races, transport, 50)


def rounds(only, rand, short):
    wanted = lambda name: not only or name in only  # noqa: E731
    few = [Scenario("apply", FEW), Scenario("backout", FEW)] \
        if wanted("kill") or wanted("disk") else []
    if wanted("kill"):
        yield from kill_rounds(few, rand, short)
    if wanted("second"):
        yield from second_rounds([one() for one in SCENARIOS], rand, short)
    if wanted("disk"):
        yield from disk_rounds(few, rand, short)
    if wanted("lost"):
        yield from lost_rounds(Scenario("apply with a remote", FEW, True),
                               rand, short)
    if wanted("fault"):
        yield from fault_rounds(Scenario("every kind", MANY), rand, short)
        yield from fault_rounds(Scenario("every kind, backout", MANY), rand,
                                short)
    if wanted("race"):
        yield from race_rounds(short)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[],
                        choices=["kill", "second", "disk", "lost", "fault",
                                 "race"])
    parser.add_argument("--jobs", type=int, default=12)
    parser.add_argument("--match", default="",
                        help="only rounds whose name contains this")
    args = parser.parse_args()
    begun = time.monotonic()
    rand = random.Random(args.seed)
    # a round waits more than it works; one of lock races works on six at once
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool, \
            concurrent.futures.ThreadPoolExecutor(1) as busy:
        for one in rounds(args.only, rand, args.short):
            if args.match not in f"{one[0]}: {one[1]}":
                continue
            TALLY.expect()
            (busy if one[2] is lock_races else pool).submit(TALLY.play, *one)
    sys.exit(TALLY.report(args.seed, time.monotonic() - begun))


main()
