#!/usr/bin/env python3
"""policy_check.py read|write: what `aback policy` prints is enough, and all of
it is needed. Run in a folder with fleet.json, aback.yaml; ABACK and ABACK_SIM
name the programs. The simulator holds the caller to the policies; a second key
may do everything.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

HELD, FREE = "AKIAABACKSIMULATOR01", "AKIAABACKSIMULATOR02"
ALLOW = [word for name in ("lossy", "one-way", "restart", "exposure", "many",
                           "no-way-back") for word in ("--allow", name)]
# what a plan only has a line less without, by its maker's leave
MAY_MISS = {"iam:ListInstanceProfilesForRole", "kms:DescribeKey",
            "rds:DescribePendingMaintenanceActions",
            "rds:DescribeCertificates", "rds:DescribeDBEngineVersions",
            "secretsmanager:DescribeSecret"}
# what only the preflight asks, and an apply does without, with a warning
PREFLIGHT = {"iam:SimulatePrincipalPolicy"}
# needed only in fleets that are larger or older than this one
ELSEWHERE = {"iam:GetAccountAuthorizationDetails",
             "cloudtrail:GetEventSelectors",
             "config:DescribeComplianceByConfigRule",
             "events:ListTargetsByRule",
             "rds:DescribeEngineDefaultClusterParameters",
             "rds:DescribeEngineDefaultParameters",
             "rds:DescribeEvents",  # an outcome that nobody knows
             "rds:ResetDBClusterParameterGroup",
             "ec2:AuthorizeSecurityGroupIngress",
             "ec2:UpdateSecurityGroupRuleDescriptionsIngress",
             "logs:CreateLogGroup",
             "rds:AddSourceIdentifierToSubscription",
             "rds:ModifyEventSubscription",
             "rds:RemoveSourceIdentifierFromSubscription",
             "secretsmanager:ListSecrets"}


class World:
    def __init__(self):
        self.dir = tempfile.mkdtemp(dir=".")
        for name in ("fleet.json", "aback.yaml"):
            shutil.copy(name, self.dir)
        self.process = subprocess.Popen(
            [os.environ["ABACK_SIM"], "--port-file", "port", "--settle-ms",
             "10", "--no-throttle", "--fleet", "fleet.json", "--log",
             "sim.log"], stdout=subprocess.DEVNULL, cwd=self.dir)
        until = time.monotonic() + 10
        while not os.path.exists(self.path("port")):
            assert self.process.poll() is None and time.monotonic() < until
            time.sleep(0.01)
        with open(self.path("port")) as port:
            self.url = f"http://127.0.0.1:{port.read().strip()}"

    def path(self, name):
        return os.path.join(self.dir, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def hold(self, policies):
        body = json.dumps({"access_key_id": HELD, "policies": policies})
        urllib.request.urlopen(self.url + "/_sim/policies",
                               body.encode()).close()

    def aback(self, *words, key=HELD, codes=None):
        env = dict(os.environ, AWS_ENDPOINT_URL=self.url,
                   AWS_ACCESS_KEY_ID=key)
        done = subprocess.run([os.environ["ABACK"], *words], env=env,
                              cwd=self.dir, text=True,
                              capture_output=True, timeout=60)
        assert codes is None or done.returncode in codes, \
            f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def writes(self):
        with open(self.path("sim.log")) as log:
            return [row["request_id"] for row in map(json.loads, log)
                    if not re.match("Describe|Get|List|Lookup|Assume|Generate|"
                                    "Simulate",
                                    row["action"])]

    def asked(self):
        with open(self.path("sim.log")) as log:
            return {row["service"].replace("monitoring", "cloudwatch") + ":" +
                    row["action"] for row in map(json.loads, log)}


def policy(of):
    done = subprocess.run([os.environ["ABACK"], "policy", of], text=True,
                          capture_output=True, check=True)
    document = json.loads(done.stdout)
    assert set(document) == {"Version", "Statement"}
    assert document["Version"] == "2012-10-17"
    assert len(json.dumps(document, separators=(",", ":"))) <= 6144
    sids = [statement["Sid"] for statement in document["Statement"]]
    assert len(set(sids)) == len(sids)
    assert all(re.fullmatch("[A-Za-z0-9]+", sid) for sid in sids)
    return document


def actions(document):
    return {action for statement in document["Statement"]
            for action in statement["Action"]}


def without(document, action):
    statements = []
    for statement in document["Statement"]:
        left = [other for other in statement["Action"] if other != action]
        if left:
            statements.append(dict(statement, Action=left))
    return dict(document, Statement=statements)


def is_told(run, action):
    said = run.stdout + run.stderr
    return action.split(":")[1] in said and "not authorized" in said


def read_all(world, change, action=None):
    """Everything that changes nothing, until one tells of the action."""
    runs = []
    for words in (["plan", "-o", "read.json"], ["review", "--format", "json"],
                  ["drift"], ["verify", change, "--no-wait"]):
        if not (action and runs and is_told(runs[-1], action)):
            runs.append(world.aback(*words))
    return runs


def read():
    document = policy("plan")
    with World() as world:
        world.aback("init", codes=[0])
        world.aback("plan", "-o", "plan.json", key=FREE, codes=[0])
        world.aback("apply", "plan.json", "--yes", *ALLOW, key=FREE,
                    codes=[0])
        history = world.aback("history", "--format", "json").stdout
        change = re.search(r"\d{8}T\d{6}Z-[0-9a-f]{6}", history).group(0)
        world.hold([document])
        before = world.writes()
        runs = read_all(world, change)
        for run in runs:
            assert run.returncode in (0, 2), run.args[1] + run.stderr
            assert "not authorized" not in run.stdout + run.stderr, \
                str(run.args) + run.stdout + run.stderr
        assert json.loads(runs[1].stdout)["unread"] == []
        failures = []
        for action in sorted(actions(document)):
            world.hold([without(document, action)])
            if action in ELSEWHERE | MAY_MISS:
                continue
            runs = read_all(world, change, action)
            told = any(is_told(run, action) for run in runs)
            clean = all(run.returncode in (0, 1, 2) for run in runs)
            if not clean or not told:
                failures.append((action, [(run.args[1], run.returncode)
                                          for run in runs]))
        assert not failures, failures
        assert world.writes() == before
        extra = {action for action in world.asked()
                 if action not in actions(document)} - \
            actions(policy("apply")) - {"sts:GetCallerIdentity"}
        assert not extra, extra


def apply_with(forward, back):
    """What apply and backout come to when held to these."""
    with World() as world:
        world.aback("init", codes=[0])
        world.aback("plan", "-o", "plan.json", key=FREE, codes=[0])
        world.hold([forward])
        done = world.aback("apply", "plan.json", "--yes", *ALLOW)
        if done.returncode or not back:
            return done
        world.hold([back])
        return world.aback("backout", "--last", "--apply", "--yes", *ALLOW)


def write():
    forward, back = policy("apply"), policy("backout")
    assert actions(back) < actions(forward)
    done = apply_with(forward, back)
    assert done.returncode == 0, done.stdout + done.stderr
    tried = sorted(actions(forward) - actions(policy("plan")))

    def lacking(action):
        return apply_with(without(forward, action),
                          without(back, action) if action in actions(back)
                          else None)

    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lacking, tried))
    failures = []
    for action, done in zip(tried, ends):
        said = done.stdout + done.stderr
        if action in PREFLIGHT and done.returncode == 0 and \
                "warning:" in said and action in said:
            continue
        if action not in ELSEWHERE and (
                done.returncode not in (1, 3, 4) or action not in said):
            failures.append((action, done.returncode, said[-300:]))
    assert not failures, failures


{"read": read, "write": write}[sys.argv[1]]()
