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
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.request

ACCOUNT, REGION = "123456789012", "eu-west-1"
READS = ("Describe", "Get", "List", "Assume", "Lookup")
ALLOW = [word for name in ("lossy", "one-way", "restart", "exposure", "many")
         for word in ("--allow", name)]
KEY = "6d1e4c0a-0000-4000-8000-000000000001"
GROUP = "sg-0a1c5e7f90b2d4a61"
POLICIES = ["arn:aws:iam::aws:policy/AmazonRDSReadOnlyAccess",
            "arn:aws:iam::aws:policy/ReadOnlyAccess"]

FLEET = {"format": "aback-fleet/1", "accounts": [{
    "account_id": ACCOUNT,
    "roles": [
        {"RoleName": "monitoring", "AttachedPolicies": POLICIES[:1]},
        {"RoleName": "import", "AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole",
                "Principal": {"Service": "rds.amazonaws.com"}}]}}],
    "policies": [{"PolicyName": "orders", "DefaultVersionId": "v1",
                  "Versions": [{"VersionId": "v1", "Document": {
                      "Version": "2012-10-17", "Statement": [{
                          "Effect": "Allow", "Action": "s3:*",
                          "Resource": "*"}]}}]}],
    "regions": [{
        "region": REGION,
        "clusters": [{
            "DBClusterIdentifier": "orders", "Engine": "aurora-mysql",
            "DeletionProtection": False, "BackupRetentionPeriod": 14,
            "DBClusterParameterGroup": "orders-mysql8",
            "TagList": [{"Key": "team", "Value": "checkout"}],
            "KmsKeyId": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{KEY}",
            "VpcSecurityGroups": [{"VpcSecurityGroupId": GROUP,
                                   "Status": "active"}]}],
        "instances": [{
            "DBInstanceIdentifier": "orders-1",
            "DBParameterGroups": [{"DBParameterGroupName": "orders-in",
                                   "ParameterApplyStatus": "in-sync"}],
            "DBClusterIdentifier": "orders", "PubliclyAccessible": True}],
        "vpc_security_groups": [{
            "GroupId": GROUP, "GroupName": "orders", "Description": "orders",
            "rules": [
                {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 3306,
                 "ToPort": 3306, "CidrIpv4": "0.0.0.0/0",
                 "Description": "everybody"},
                {"IsEgress": False, "IpProtocol": "tcp", "FromPort": 3306,
                 "ToPort": 3306, "CidrIpv4": "10.0.0.0/8"}]}],
        "log_groups": [{"logGroupName": "/aws/rds/cluster/orders/audit",
                        "retentionInDays": 30,
                        "creationTime": 1700000000000}],
        "db_cluster_parameter_groups": [{
            "DBClusterParameterGroupName": "orders-mysql8",
            "DBParameterGroupFamily": "aurora-mysql8.0"}],
        "db_parameter_groups": [{
            "DBParameterGroupName": "orders-in",
            "DBParameterGroupFamily": "aurora-mysql8.0"}],
        "db_cluster_snapshots": [{
            "DBClusterSnapshotIdentifier": "orders-before-sale",
            "DBClusterIdentifier": "orders", "StorageEncrypted": False,
            "SnapshotCreateTime": "2026-01-01T00:00:00Z",
            "restore": ["all"]}],
        "kms_keys": [{"KeyId": KEY, "KeyManager": "CUSTOMER",
                      "KeyRotationEnabled": False}]}]}]}

# a few steps, for what is broken at every single point
FEW = [
    {"match": {"kind": "cluster", "id": "orders"},
     "set": {"deletion_protection": True}},
    {"match": {"kind": "iam_role", "id": "monitoring"},
     "set": {"managed_policy_arns": POLICIES[1:]}},
]
# every kind
MANY = FEW + [
    {"match": {"kind": "cluster", "id": "orders"},
     "set": {"backup_retention_period": 21}},
    {"match": {"kind": "instance", "id": "orders-1"},
     "set": {"publicly_accessible": False}},
    {"match": {"kind": "security_group", "id": GROUP},
     "set": {"public_ingress": False}},
    {"match": {"kind": "log_group", "id": "/aws/rds/cluster/orders/audit"},
     "set": {"retention_in_days": 90}},
    {"match": {"kind": "kms_key", "id": KEY},
     "set": {"rotation_enabled": True}},
    {"match": {"kind": "cluster", "id": "orders"},
     "set": {"tags": {"include": {"team": "payments"}},
             "http_endpoint_enabled": True,
             "associated_roles": {"include": [
                 {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/import"}]}}},
    # a static one and a dynamic one: two calls, and a reboot
    {"match": {"kind": "cluster_parameter_group", "id": "orders-mysql8"},
     "set": {"tls_version": "TLSv1.2", "server_audit_logging": "1"}},
    {"match": {"kind": "instance_parameter_group", "id": "orders-in"},
     "set": {"general_log": "1", "slow_query_log": "1"}},
    {"match": {"kind": "iam_policy", "id": "orders"},
     "set": {"document": json.dumps({
         "Version": "2012-10-17", "Statement": [{
             "Effect": "Deny", "Action": "s3:*", "Resource": "*"}]})}},
    {"match": {"kind": "cluster_snapshot", "id": "orders-before-sale"},
     "set": {"public": False}},
    {"match": {"kind": "event_subscription", "id": "aurora-critical"},
     "set": {"sns_topic_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:dba",
             "source_type": "db-cluster"}},
]


class Failed(Exception):
    """What must never be."""


class World:
    """A folder with a simulator, a desired file, a store and a plan."""

    def __init__(self, rules, remote=False):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="torture-"))
        self.remote = remote
        self.log = self.dir / "sim.log"
        self.env = {
            **os.environ, "AWS_ACCESS_KEY_ID": "AKIAABACKSIMULATOR01",
            "AWS_SECRET_ACCESS_KEY": "aback-simulator-secret-key",
            "AWS_REGION": REGION, "HOME": str(self.dir),
            "GIT_CONFIG_GLOBAL": str(self.dir / ".gitconfig")}
        self.write(".gitconfig", "[user]\n\tname = Test Person\n"
                                 "\temail = test@example.com\n")
        self.write("fleet.json", json.dumps(FLEET))
        state = {"repository": "./store.git"}
        if remote:
            state["remote"] = str(self.dir / "remote.git")
            subprocess.run(["git", "init", "-q", "--bare", "-b", "main",
                            state["remote"]], check=True)
        self.write("aback.yaml", json.dumps({
            "version": 1, "state": state,
            "targets": [{"name": "prod", "account_id": ACCOUNT,
                         "region": REGION}], "rules": rules}))
        self.simulator = subprocess.Popen(
            [os.environ["ABACK_SIM"], "--port-file", "port", "--fleet",
             "fleet.json", "--log", "sim.log", "--settle-ms", "0",
             "--no-throttle"], cwd=self.dir, stdout=subprocess.DEVNULL)
        wait_for(lambda: (self.dir / "port").exists())
        self.url = "http://127.0.0.1:" + (self.dir / "port").read_text().strip()
        self.env["AWS_ENDPOINT_URL"] = self.url
        self.good([0], "init")
        self.good([0], "plan", "-o", "plan.json")
        self.plan = json.loads((self.dir / "plan.json").read_text())
        self.start = self.live()

    def close(self):
        self.simulator.kill()
        self.simulator.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def write(self, name, text):
        (self.dir / name).write_text(text)

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data) as answer:
            return json.load(answer)

    def live(self):
        """All that can be read of the fleet, in one order."""
        fleet = self.ask("/_sim/fleet")
        return json.dumps(without_ids(fleet), indent=1, sort_keys=True)

    def aback(self, *words, **more):
        env = {**self.env, **more}
        return subprocess.run([os.environ["ABACK"], *words], cwd=self.dir,
                              env=env, text=True, capture_output=True,
                              timeout=300)

    def good(self, codes, *words):
        done = self.aback(*words)
        if done.returncode not in codes:
            raise Failed(f"exit code {done.returncode} from "
                         f"{' '.join(words)}\n{done.stdout}{done.stderr}")
        return done

    def broken(self, what, at, *words):
        """A command to which something happens at one point."""
        return self.aback(
            *words, LD_PRELOAD=str(INTERPOSE), TORTURE_DO=what,
            TORTURE_AT=str(at), TORTURE_PROGRAM=PROGRAM)

    def points(self, *words):
        """How often something could happen to this command."""
        count = self.dir / "count"
        self.aback(*words, LD_PRELOAD=str(INTERPOSE), TORTURE_AT="0",
                   TORTURE_PROGRAM=PROGRAM, TORTURE_COUNT=str(count))
        return count.read_text()

    def sent(self):
        """All calls so far that changed something, as (call, parameters)."""
        calls = []
        for line in self.log.read_text().splitlines():
            entry = json.loads(line)
            if entry["action"].startswith(READS) or not entry["effective"]:
                continue
            parameters = {name: value
                          for name, value in entry["parameters"].items()
                          if name not in ("Action", "Version")}
            calls.append(json.dumps([entry["service"] + ":" + entry["action"],
                                     parameters], sort_keys=True))
        return calls

    def back_out(self, change):
        """0, or 3 where nothing of it is to be backed out."""
        words = ["backout", change, "--apply", "--yes", *ALLOW]
        second = int(time.time())
        done = self.good([0, 3], *words)
        if "a plan runs once" in done.stderr:
            # made within the same second, it is the very plan that was broken
            wait_for(lambda: int(time.time()) > second + 1)
            self.good([0, 3], *words)

    def changes(self):
        done = subprocess.run(
            ["git", "-C", "store.git", "ls-tree", "--name-only",
             "main:changes"], cwd=self.dir, capture_output=True, text=True)
        return done.stdout.split()

    def stored(self, path):
        done = subprocess.run(["git", "-C", "store.git", "show",
                               "main:" + path], cwd=self.dir,
                              capture_output=True, text=True)
        return json.loads(done.stdout) if done.returncode == 0 else None


def without_ids(value):
    """
    Rule ids are AWS's, and new after every revoke; no list is an empty one; of a
    policy, what counts is its default version, and ours stay.
    """
    if isinstance(value, dict):
        default = value.get("DefaultVersionId")
        if default:
            value = {**value, "DefaultVersionId": None, "lastVersion": None,
                     "Versions": [{"Document": one["Document"]}
                                  for one in value["Versions"]
                                  if one["VersionId"] == default]}
        return {key: without_ids(one) for key, one in value.items()
                if key != "SecurityGroupRuleId" and one not in ([], {}, None)}
    if isinstance(value, list):
        return sorted((without_ids(one) for one in value),
                      key=lambda one: json.dumps(one, sort_keys=True))
    return value


def wait_for(there, seconds=20):
    until = time.monotonic() + seconds
    while not there():
        if time.monotonic() > until:
            raise Failed("the simulator did not start")
        time.sleep(0.01)


# ---- what must hold --------------------------------------------------------

def check_store(world):
    done = subprocess.run(["git", "fsck", "--strict"],
                          cwd=world.dir / "store.git", capture_output=True,
                          text=True)
    if done.returncode:
        raise Failed("git fsck: " + done.stdout + done.stderr)
    world.good([0], "state", "fsck")


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
    change = resume_all(world, [])
    check_once(world, since, calls_of(world.plan))
    if change is None:
        # nothing was begun, so nothing was sent, and the plan still holds
        compare(world, world.start, "nothing was begun")
        world.good([0], "apply", "plan.json", "--yes", *ALLOW)
        compare(world, goal, "applied after all")
        return
    check_account(world, change, since)
    if ending == "forward":
        go_on(world)
        compare(world, goal, "went on")
    else:
        world.back_out(change)
        compare(world, world.start, "backed out")
    check_store(world)


def finish_backout(world, ending, since, goal):
    """After a broken backout: back to the start, or to what was applied."""
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
    check_store(world)


# ---- the sorts of torture --------------------------------------------------

class Scenario:
    """A command that is broken, and what comes before and after it."""

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
        if done.returncode not in (-9, 0):
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
    if done.returncode or "0 won by nobody, 0 by several" not in done.stdout \
            or " 0 lost, 0 bytes" not in done.stdout:
        raise Failed(done.stdout + done.stderr)
    return races


# ---- the account -----------------------------------------------------------

class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.tried, self.survived, self.failures = {}, {}, []
        self.sent_twice = 0

    def twice(self):
        with self.lock:
            self.sent_twice += 1

    def play(self, sort, what, run, *words):
        count = 1
        try:
            count = run(*words) or 1
        except Failed as failure:
            good, why = False, str(failure)
        except Exception:  # noqa: BLE001 a bug of the harness counts, too
            good, why = False, traceback.format_exc()
        else:
            good, why = True, ""
        with self.lock:
            self.tried[sort] = self.tried.get(sort, 0) + count
            self.survived[sort] = self.survived.get(sort, 0) + good * count
            if not good:
                self.failures.append(f"{sort}: {what}\n{why}")
                print(f"FAILED {sort}: {what}\n{why}", file=sys.stderr,
                      flush=True)

    def report(self, seed, seconds):
        width = max(len(sort) for sort in self.tried)
        for sort, tried in self.tried.items():
            print(f"{sort:<{width}}  {tried:5} tried  "
                  f"{self.survived[sort]:5} survived")
        print(f"steps applied twice: {self.sent_twice}")
        print(f"seed {seed}, {seconds:.0f} s")
        return 1 if self.failures else 0


TALLY = Tally()
HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.path.realpath(os.environ.get("ABACK", ""))
INTERPOSE = pathlib.Path(os.environ.get("ABACK_BUILD", "")) / "interpose.so"


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
    chosen = rand.sample(pairs, min(10, len(pairs))) if short else pairs
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
                        choices=["kill", "disk", "lost", "fault", "race"])
    parser.add_argument("--jobs", type=int, default=4)
    parser.add_argument("--match", default="",
                        help="only rounds whose name contains this")
    args = parser.parse_args()
    begun = time.monotonic()
    rand = random.Random(args.seed)
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for one in rounds(args.only, rand, args.short):
            if args.match not in f"{one[0]}: {one[1]}":
                continue
            pool.submit(TALLY.play, *one)
    sys.exit(TALLY.report(args.seed, time.monotonic() - begun))


main()
