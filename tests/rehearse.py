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
import subprocess
import sys
import tempfile
import time
import urllib.request

CLASSES = ("lossy", "one-way", "restart", "exposure", "no-way-back", "many")

# AWS's names of what is not the setting's name in capitals.
NAMES = {
    "iam_database_authentication_enabled": "IAMDatabaseAuthenticationEnabled",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "performance_insights_kms_key_id": "PerformanceInsightsKMSKeyId",
    "db_cluster_parameter_group_name": "DBClusterParameterGroup",
    "multi_az": "MultiAZ",
}
PLAIN = {
    "cluster": {
        "backtrack_window", "backup_retention_period", "copy_tags_to_snapshot",
        "database_insights_mode", "db_cluster_parameter_group_name",
        "deletion_protection", "enabled_cloudwatch_logs_exports",
        "iam_database_authentication_enabled", "network_type",
        "performance_insights_enabled", "performance_insights_kms_key_id",
        "performance_insights_retention_period", "port",
        "preferred_backup_window", "preferred_maintenance_window",
    },
    "instance": {
        "auto_minor_version_upgrade", "ca_certificate_identifier",
        "monitoring_interval", "monitoring_role_arn",
        "preferred_maintenance_window", "promotion_tier",
        "publicly_accessible",
    },
    "iam_role": {"max_session_duration", "description"},
}
# What live may show another way while it means the same.
LISTS = {"enabled_cloudwatch_logs_exports", "managed_policy_arns",
         "vpc_security_group_ids"}

# What a role for Enhanced Monitoring has to have.
MONITORING_POLICY = ("arn:aws:iam::aws:policy/service-role/"
                     "AmazonRDSEnhancedMonitoringRole")
MONITORING_TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Action": "sts:AssumeRole",
    "Principal": {"Service": "monitoring.rds.amazonaws.com"}}]}


class CannotRehearse(Exception):
    """The plan has something that no fleet can be made of."""


class WentWrong(Exception):
    """It was played through and did not do what it should."""


def camel(setting):
    return NAMES.get(setting) or "".join(
        part.capitalize() for part in setting.split("_"))


def member_of(kind, setting, value):
    """The fleet's member for a setting, and what it holds."""
    if setting in PLAIN.get(kind, ()):
        return camel(setting), value
    if kind == "cluster" and setting == "vpc_security_group_ids":
        return "VpcSecurityGroups", [
            {"VpcSecurityGroupId": group, "Status": "active"}
            for group in value or []]
    if kind == "iam_role" and setting == "managed_policy_arns":
        return "AttachedPolicies", value or []
    if kind == "log_group" and setting in ("retention_in_days", "kms_key_id"):
        return {"retention_in_days": "retentionInDays",
                "kms_key_id": "kmsKeyId"}[setting], value
    if kind == "kms_key" and setting == "enable_key_rotation":
        return "KeyRotationEnabled", value
    if kind == "kms_key" and setting == "rotation_period_in_days":
        return "RotationPeriodInDays", value
    raise CannotRehearse(f"no fleet can be made with {kind} {setting}")


def split_address(address):
    kind, _, name = address.partition("/")
    return kind, re.sub("%([0-9A-F]{2})",
                        lambda m: chr(int(m.group(1), 16)), name)


class Fleet:
    """The simulator's fleet of a plan's resources."""

    IDS = {  # kind: list in the fleet, its name, its id that never comes again
        "cluster": ("clusters", "DBClusterIdentifier", "DbClusterResourceId"),
        "instance": ("instances", "DBInstanceIdentifier", "DbiResourceId"),
        "iam_role": ("roles", "RoleName", "RoleId"),
        "log_group": ("log_groups", "logGroupName", None),
        "kms_key": ("kms_keys", "KeyId", None),
    }

    def __init__(self, plan, which):
        self.plan = plan
        self.accounts = {}
        self.policies = set()
        for target in plan["targets"]:
            self.region(target["name"])
        for change in plan["changes"]:
            self.add(change, change[which])
        for step in plan["steps"]:
            for setting, value in step["companions"].items():
                self.add(dict(step, setting=setting), value)
        self.complete()

    def account(self, account_id):
        return self.accounts.setdefault(account_id, {
            "account_id": account_id, "regions": [], "roles": [
                {"RoleName": "aback-rehearsal"}]})

    def region(self, target):
        """The region's part of the fleet; the account's of a global place."""
        if target.endswith("/global"):
            return self.account(target.split("/")[0])
        of = next(t for t in self.plan["targets"] if t["name"] == target)
        account = self.account(of["account_id"])
        for region in account["regions"]:
            if region["region"] == of["region"]:
                return region
        account["regions"].append({"region": of["region"]})
        return account["regions"][-1]

    def resource(self, target, address, resource_id):
        kind, name = split_address(address)
        if kind not in self.IDS:
            raise CannotRehearse(f"no fleet can be made with a {kind}")
        where, name_key, id_key = self.IDS[kind]
        items = self.region(target).setdefault(where, [])
        for item in items:
            if item[name_key] == name:
                return kind, item
        items.append({name_key: name})
        if id_key:
            items[-1][id_key] = resource_id
        return kind, items[-1]

    def add(self, change, value):
        if change["setting"] == "exists":
            raise CannotRehearse(f"{change['address']} is to be created")
        kind, item = self.resource(change["target"], change["address"],
                                   change["resource_id"])
        member, held = member_of(kind, change["setting"], value)
        if held is not None:
            item[member] = held
        if kind == "iam_role" and change["setting"] == "managed_policy_arns":
            for when in ("before", "after"):
                self.policies.update(change.get(when) or [])

    def complete(self):
        """What the plan does not say and a fleet cannot be without."""
        for account in self.accounts.values():
            for region in account["regions"]:
                self.complete_region(account, region)

    def complete_region(self, account, region):
        clusters = region.setdefault("clusters", [])
        for instance in region.get("instances", []):
            name = instance["DBInstanceIdentifier"]
            owner = next((c["DBClusterIdentifier"] for c in clusters
                          if name.startswith(c["DBClusterIdentifier"])), None)
            if not owner:
                owner = "rehearsal"
                clusters.append({"DBClusterIdentifier": owner})
            instance["DBClusterIdentifier"] = owner
            role = instance.get("MonitoringRoleArn")
            if role:
                account["roles"].append({
                    "RoleName": role.split("/")[-1],
                    "AssumeRolePolicyDocument": MONITORING_TRUST,
                    "AttachedPolicies": [MONITORING_POLICY]})
        if not region.get("instances") and clusters:
            region["instances"] = [
                {"DBInstanceIdentifier": "rehearsal-1",
                 "DBClusterIdentifier": clusters[0]["DBClusterIdentifier"]}]
        for cluster in clusters:
            exports = cluster.get("EnabledCloudwatchLogsExports", [])
            wanted = [change["after"] for change in self.plan["changes"]
                      if change["setting"] == "enabled_cloudwatch_logs_exports"
                      and change["address"].endswith(
                          "/" + cluster["DBClusterIdentifier"])]
            postgresql = "postgresql" in exports + sum(wanted, [])
            # AWS makes them with the first export, and leaves them behind
            groups = region.setdefault("log_groups", [])
            for export in sorted(set(exports + sum(wanted, []))):
                name = ("/aws/rds/cluster/"
                        f"{cluster['DBClusterIdentifier']}/{export}")
                if all(group["logGroupName"] != name for group in groups):
                    groups.append({"logGroupName": name})
            cluster.setdefault("Engine", "aurora-postgresql" if postgresql
                               else "aurora-mysql")

    def json(self):
        return {"format": "aback-fleet/1",
                "aws_policies": sorted(self.policies),
                "accounts": list(self.accounts.values())}


def value_in(live, plan, change):
    """What the simulator has for a change's setting."""
    kind, name = split_address(change["address"])
    where, name_key, _ = Fleet.IDS[kind]
    member, _ = member_of(kind, change["setting"], change["after"])
    account_id, region = change["target"].split("/")[0], "global"
    for target in plan["targets"]:
        if target["name"] == change["target"]:
            account_id, region = target["account_id"], target["region"]
    for account in live["accounts"]:
        if account["account_id"] != account_id:
            continue
        parts = [account] if region == "global" else [
            part for part in account["regions"] if part["region"] == region]
        for part in parts:
            for item in part.get(where, []):
                if item[name_key] == name:
                    return item.get(member)
    return None


def alike(setting, kind, live, value):
    wanted = member_of(kind, setting, value)[1]
    if setting in LISTS:
        def flat(members):
            return sorted(json.dumps(m, sort_keys=True) for m in members or [])
        return flat(live) == flat(wanted)
    return live == wanted or (wanted is None and live in (None, "", 0))


class Stage:
    """A temporary directory with simulator, desired file and stores."""

    def __init__(self, build, directory, plan, which):
        self.build, self.dir, self.plan = build, directory, plan
        self.fleet = os.path.join(directory, "fleet.json")
        self.write("fleet.json", Fleet(plan, which).json())
        self.env = {"PATH": os.environ["PATH"], "HOME": directory,
                    "AWS_ACCESS_KEY_ID": "AKIAABACKSIMULATOR01",
                    "AWS_SECRET_ACCESS_KEY": "aback-simulator-secret-key",
                    "AWS_REGION": "eu-west-1", "NO_COLOR": "1",
                    "AWS_EC2_METADATA_DISABLED": "true"}
        self.stores = 0

    def write(self, name, value):
        text = value if isinstance(value, str) else json.dumps(value)
        with open(os.path.join(self.dir, name), "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        port = os.path.join(self.dir, "port")
        self.sim = subprocess.Popen(
            [os.path.join(self.build, "aback-sim"), "--fleet", self.fleet,
             "--port-file", port, "--settle-ms", "100", "--no-throttle"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        until = time.monotonic() + 10
        while not os.path.exists(port) or not os.path.getsize(port):
            if self.sim.poll() is not None:
                raise CannotRehearse("the simulator does not take its fleet: "
                                     + self.sim.stderr.read().decode().strip())
            if time.monotonic() > until:
                raise WentWrong("the simulator does not listen")
            time.sleep(0.02)
        with open(port, encoding="ascii") as file:
            self.endpoint = "http://127.0.0.1:" + file.read().strip()
        self.env["AWS_ENDPOINT_URL"] = self.endpoint

    def stop(self):
        if hasattr(self, "sim"):
            self.sim.kill()
            self.sim.communicate()

    def live(self):
        with urllib.request.urlopen(self.endpoint + "/_sim/fleet") as answer:
            return json.load(answer)

    def window(self):
        request = urllib.request.Request(self.endpoint + "/_sim/window",
                                         data=b"", method="POST")
        urllib.request.urlopen(request).close()

    def aback(self, *words, ok=(0,)):
        try:
            run = subprocess.run(
                [os.path.join(self.build, "aback"), *words], cwd=self.dir,
                env=self.env, stdin=subprocess.DEVNULL, capture_output=True,
                text=True, timeout=120, check=False)
        except subprocess.TimeoutExpired as late:
            raise WentWrong(f"'aback {' '.join(words)}' does not end:\n"
                            + (late.stderr or b"").decode()) from late
        if run.returncode not in ok:
            raise WentWrong(f"'aback {' '.join(words)}' ended with "
                            f"{run.returncode}\n{run.stdout}{run.stderr}")
        return run

    def desired(self, rules):
        """A desired file with a new store; the file's digest."""
        self.stores += 1
        text = json.dumps({
            "version": 1,
            "state": {"repository": f"./store-{self.stores}.git"},
            "targets": [{key: target[key] for key in target if target[key]}
                        for target in self.plan["targets"]],
            "rules": rules}, indent=1)
        self.write("aback.yaml", text)
        self.aback("init")
        return hashlib.sha256(text.encode()).hexdigest()

    def fits(self, which, change):
        kind, _ = split_address(change["address"])
        live = value_in(self.live(), self.plan, change)
        return alike(change["setting"], kind, live, change[which])

    def check(self, which, when):
        """Every setting is as the plan's `which`, at once or in a moment."""
        until = time.monotonic() + 15
        for change in self.plan["changes"]:
            while not self.fits(which, change):
                if time.monotonic() > until:
                    raise WentWrong(
                        f"{when}, {change['address']}:{change['setting']} is "
                        f"not {json.dumps(change[which])}")
                time.sleep(0.1)

    def check_start(self, start, when):
        until = time.monotonic() + 15
        differs = difference(start, self.live())
        while differs:
            if time.monotonic() > until:
                raise WentWrong(f"{when}, live is not as at the start:\n"
                                + differs)
            time.sleep(0.1)
            differs = difference(start, self.live())


def difference(a, b, path=""):
    """A line for each member that differs; null is as good as none."""
    if isinstance(a, dict) and isinstance(b, dict):
        return "".join(difference(a.get(k), b.get(k), f"{path}/{k}")
                       for k in sorted(set(a) | set(b)))
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return "".join(difference(x, y, f"{path}/{i}")
                       for i, (x, y) in enumerate(zip(a, b)))
    if a == b:
        return ""
    return f"  {path}: {json.dumps(a)} → {json.dumps(b)}\n"


def text_of(plan):
    return json.dumps(plan, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def seal(plan):
    plan["id"] = ""
    plan["id"] = "sha256:" + hashlib.sha256(text_of(plan).encode()).hexdigest()
    return plan


def allow():
    return [word for name in CLASSES for word in ("--allow", name)]


def apply(stage, *words):
    """Do it; what waits for the maintenance window is left to wait."""
    run = stage.aback(*words, "--yes", *allow(), ok=(0, 4))
    if run.returncode and "for the maintenance window" not in run.stdout:
        raise WentWrong(run.stdout + run.stderr)
    return run.returncode


def rehearse_apply(stage, say):
    sha256 = stage.desired([])
    plan = dict(stage.plan, desired=dict(stage.plan["desired"], sha256=sha256))
    stage.write("plan.json", text_of(seal(plan)))
    fits = stage.aback("show", "plan.json", "--check", ok=(0, 2))
    if fits.returncode:
        raise CannotRehearse("the fleet that it gives does not fit it:\n"
                             + fits.stdout)
    start = stage.live()
    for turn in ("first", "second"):
        if turn == "second":  # a plan runs once in a store, and was held
            plan["desired"]["sha256"] = stage.desired([])
            stage.write("plan.json", text_of(seal(plan)))
        if apply(stage, "apply", "plan.json"):
            stage.window()
            say("the maintenance window has come")
        stage.check("after", f"after the {turn} apply")
        say(f"{turn} apply: live is as planned")
        if turn == "first":
            apply(stage, "backout", "--last", "--apply")
            stage.check_start(start, "after the backout")
            say("backout: live is as at the start")


def rules_of(plan):
    """What sets that which a backout undoes; also as each change's `undone`."""
    rules = []
    for change in plan["changes"]:
        kind, name = split_address(change["address"])
        pending = change.get("pending")
        value = change["before"] if pending is None else pending
        change["undone"] = value
        rule = {"match": {"kind": kind, "id": name},
                "set": {change["setting"]: value}}
        if pending is not None:
            rule["when"] = "window"
        rules.append(rule)
    return rules


def calls_of(plan):
    return sorted((step["call"], json.dumps(step["parameters"], sort_keys=True))
                  for step in plan["steps"])


def rehearse_backout(stage, say):
    """The fleet has the values from before the change that it undoes."""
    stage.desired(rules_of(stage.plan))
    stage.aback("plan", "-o", "forward.json")
    stage.aback("apply", "forward.json", "--yes", *allow(), ok=(0, 4))
    start = stage.live()
    stage.aback("backout", "--last", "-o", "plan.json")
    with open(os.path.join(stage.dir, "plan.json"), encoding="utf-8") as file:
        made = json.load(file)
    if calls_of(made) != calls_of(stage.plan):
        raise WentWrong("the backout makes other calls:\n"
                        + json.dumps(calls_of(made), indent=1) + "\n"
                        + json.dumps(calls_of(stage.plan), indent=1))
    for turn in ("first", "second"):
        apply(stage, *(("apply", "plan.json") if turn == "first"
                       else ("backout", "--last", "--apply")))
        stage.check("after", f"after the {turn} apply")
        say(f"{turn} apply: live is as planned")
        if turn == "second":
            break
        apply(stage, "backout", "--last", "--apply")
        if any(change.get("pending") for change in stage.plan["changes"]):
            # what was pending is set now, and not left to the window again
            stage.check("undone", "after the backout")
        else:
            stage.check_start(start, "after the backout")
        say("backout: live is as at the start")


def localise(plan):
    """One set of credentials reaches all accounts by roles of the fleet."""
    accounts = [target["account_id"] for target in plan["targets"]]
    for target in plan["targets"]:
        target["role_arn"] = None if target["account_id"] == accounts[0] else (
            f"arn:aws:iam::{target['account_id']}:role/aback-rehearsal")


def rehearse(build, path):
    def say(line):
        print(f"  {line}", flush=True)

    print(path, flush=True)
    with open(path, encoding="utf-8") as file:
        plan = json.load(file)
    if not plan["steps"]:
        say("it has no steps")
        return
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
