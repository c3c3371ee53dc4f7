"""
What is killed while it sees to something that was killed, or failed, before: a
resume, the backout that follows a failure, the one that nobody confirmed in
time; and a release, which only writes the store.
"""
import contextlib
import json
import os
import subprocess
import time

from checks import (calls_of, check_account, check_kept, check_once,
                    check_store, compare, finish_backout, recorded,
                    resume_all)
from fleet import FEW
from tally import TALLY
from world import ALLOW, Failed, World, wait_for

APPLY = ["apply", "plan.json", "--yes", *ALLOW]


def next_second():
    """A backout made within the same second is the very plan that was."""
    second = int(time.time())
    wait_for(lambda: int(time.time()) > second)


def kill_in_call(world, call, *words):
    """A command is killed while this call, which took effect, is open."""
    sent = len(world.sent())
    world.ask("/_sim/faults", [{**call, "nth": 1, "fault": "hang",
                                "ms": 60000, "effect": True}])
    with subprocess.Popen([os.environ["ABACK"], *words], cwd=world.dir,
                          env=world.env, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        wait_for(lambda: any(call["action"] in one
                             for one in world.sent()[sent:]))
        process.kill()


def unfinished(world):
    return [one for one in world.changes()
            if world.stored(f"changes/{one}/result.json") is None]


def check_no_call_twice(world):
    sent = world.sent()
    if len(set(sent)) < len(sent):
        TALLY.twice()
        raise Failed("sent twice:\n" + "\n".join(sent))


class Second:
    """The second command that is broken; what is before and after it."""

    codes = (0, 1, 4)  # where nothing broke after all

    def __init__(self):
        with self.world() as world:
            self.points = world.points(*self.command(world))

    def world(self):
        with contextlib.ExitStack() as stack:
            world = stack.enter_context(World(FEW))
            self.begin(world)
            stack.pop_all()
            return world


class Resume(Second):
    name = "a resume"

    def begin(self, world):
        kill_in_call(world, {"service": "rds", "action": "ModifyDBCluster"},
                     *APPLY)

    def command(self, world):
        return ["resume", world.changes()[-1]]

    def finish(self, world, _ending, _since):
        before = recorded(world)
        change = world.changes()[-1]
        resume_all(world, [])
        check_once(world, 0, calls_of(world.plan))
        check_account(world, change, 0)
        world.back_out(change)
        compare(world, world.start, "backed out")
        check_kept(world, before)
        check_store(world)


class ResumeOfBackout(Second):
    name = "a resume of a backout"

    def begin(self, world):
        world.good([0], *APPLY)
        world.first_change = world.changes()[0]
        world.goal, world.since = world.live(), len(world.sent())
        kill_in_call(world, {"service": "iam", "action": "AttachRolePolicy"},
                     "backout", world.first_change, "--apply", "--yes",
                     *ALLOW)

    def command(self, world):
        return ["resume", world.changes()[-1]]

    def finish(self, world, ending, _since):
        finish_backout(world, ending, world.since, world.goal)


class Undo(Second):
    name = "a backout after a failure"

    def begin(self, world):
        world.ask("/_sim/faults", [{
            "service": "rds", "action": "ModifyDBCluster", "nth": 1,
            "fault": "error", "status": 400, "code": "StorageQuotaExceeded"}])

    def command(self, _world):
        return [*APPLY, "--on-failure", "backout"]

    def finish(self, world, _ending, _since):
        before = recorded(world)
        for change in unfinished(world):
            world.good([0, 1, 4], "resume", change)
        next_second()
        world.good([0, 4], "confirm", "--expired")
        world.good([0], "confirm", "--expired")
        world.good([0], "resume")
        if world.changes():
            compare(world, world.start, "undone")
        check_no_call_twice(world)
        check_kept(world, before)
        check_store(world)


class Expiry(Second):
    name = "a backout that nobody confirmed"

    def begin(self, world):
        with subprocess.Popen(
                [os.environ["ABACK"], *APPLY, "--confirm-within", "6s"],
                cwd=world.dir, env=world.env, text=True,
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            for line in process.stderr:
                if "aback confirm" in line:
                    break
            process.kill()
        change = world.changes()[0]
        until = world.stored(f"changes/{change}/change.json")["confirm_by"]
        wait_for(lambda: time.strftime("%Y-%m-%dT%H:%M:%SZ",
                                       time.gmtime()) > until)

    def command(self, _world):
        return ["confirm", "--expired"]

    def finish(self, world, _ending, _since):
        before = recorded(world)
        next_second()
        world.good([0, 4], "confirm", "--expired")
        world.good([0], "confirm", "--expired")
        compare(world, world.start, "backed out")
        if unfinished(world):
            raise Failed("unfinished: " + ", ".join(unfinished(world)))
        undone = world.stored(f"changes/{world.changes()[0]}/undone.json")
        if undone["outcome"] != "done" or not undone["backout"]:
            raise Failed("the account is wrong: " + json.dumps(undone))
        check_no_call_twice(world)
        check_kept(world, before)
        check_store(world)


class Release(Second):
    name = "a release"
    setting = "cluster/orders:deletion_protection"

    def begin(self, world):
        world.good([0], *APPLY)
        world.back_out(world.changes()[0])

    def command(self, _world):
        return ["release", self.setting]

    def finish(self, world, _ending, _since):
        before = recorded(world)
        world.good([0, 1, 3], "release", self.setting)
        world.good([0], "plan", "-o", "next.json")
        plan = json.loads((world.dir / "next.json").read_text())
        if [change["setting"] for change in plan["changes"]] != [
                "deletion_protection"]:
            raise Failed("not what was released: " + json.dumps(plan))
        world.good([0], "apply", "next.json", "--yes", *ALLOW)
        check_kept(world, before)
        check_store(world)


SCENARIOS = [Resume, ResumeOfBackout, Undo, Expiry, Release]
