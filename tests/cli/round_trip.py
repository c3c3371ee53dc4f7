#!/usr/bin/env python3
"""round_trip.py SEED [CLUSTERS]: a random fleet, a random desired file.

Plan, apply, plan again, back out, back that out as well: the second plan must
be empty, the fleet as it was before and then as it was after, and the requests
that changed something must be the steps of the plans, each sent once. What
cannot return is what the plan itself called one-way, and what a colleague
changed before the backout stays as he left it. Run in an empty folder;
ABACK and ABACK_SIM name the programs.
"""
import json
import os
import random
import subprocess
import sys
import time
import urllib.request

ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-55555555555"
KEYS = [KEY + str(i) for i in range(3)]
GROUPS = [f"sg-0a1c5e7f90b2d4a6{i}" for i in range(5)]
CAS = ["rds-ca-2019", "rds-ca-ecc384-g1", "rds-ca-rsa2048-g1",
       "rds-ca-rsa4096-g1"]
ROLES = ["rds-monitoring-role", "rds-monitoring-other"]
DIRECTORY_ROLES = ["rds-directory", "rds-directory-other"]
MONITORING = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
RETENTIONS = [7, 31, 93, 465, 731]
VERSIONS = {
    "aurora-mysql": ["5.7.mysql_aurora.2.11.5", "8.0.mysql_aurora.3.04.1",
                     "8.0.mysql_aurora.3.08.0"],
    "aurora-postgresql": ["13.12", "15.4", "16.4"],
}
LOGS = {"aurora-mysql": ["audit", "error", "general", "slowquery"],
        "aurora-postgresql": ["postgresql"]}
NEW_LOGS = ["iam-db-auth-error", "instance"]
OLD_VERSIONS = ["5.7.mysql_aurora.2.11.5", "13.12"]
ALLOW = ["lossy", "one-way", "restart", "exposure", "many", "no-way-back"]

rand = random.Random(int(sys.argv[1]))


def chance(percent):
    return rand.randrange(100) < percent


def some(items):
    return rand.sample(items, rand.randint(0, len(items)))


def role_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def family(cluster):
    version = cluster["EngineVersion"]
    if cluster["Engine"] == "aurora-mysql":
        return "aurora-mysql" + ".".join(version.split(".")[:2])
    return "aurora-postgresql" + version.split(".")[0]


def own_group(kind, family_name):
    return f"{kind}-" + family_name.replace(".", "-")


def daily():
    hour = rand.randrange(0, 24, 2)
    return f"{hour:02}:00-{hour:02}:30"


def weekly():
    day = rand.choice(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    hour = rand.randrange(0, 22, 2)
    return f"{day}:{hour:02}:00-{day}:{hour:02}:45"


def loggable(cluster):
    new = [] if cluster["EngineVersion"] in OLD_VERSIONS else NEW_LOGS
    return LOGS[cluster["Engine"]] + new


# ---- the fleet ----

def fill_insights(cluster, members):
    advanced = chance(20)
    insights = {"PerformanceInsightsEnabled": False}
    if advanced or chance(50):
        insights = {
            "PerformanceInsightsEnabled": True,
            "PerformanceInsightsRetentionPeriod":
                465 if advanced else rand.choice(RETENTIONS),
            "PerformanceInsightsKMSKeyId": rand.choice(KEYS),
        }
    cluster["DatabaseInsightsMode"] = "advanced" if advanced else "standard"
    for one in [cluster] + members:
        for name in ("PerformanceInsightsRetentionPeriod",
                     "PerformanceInsightsKMSKeyId"):
            one.pop(name, None)
        one.update(insights)


def fill_cluster(cluster):
    cluster["EngineVersion"] = rand.choice(VERSIONS[cluster["Engine"]])
    cluster["Port"] = rand.randint(1150, 1160)
    cluster["NetworkType"] = rand.choice(["IPV4", "DUAL"])
    cluster["EnabledCloudwatchLogsExports"] = sorted(some(loggable(cluster)))
    cluster["BackupRetentionPeriod"] = rand.randint(1, 35)
    cluster["DBClusterParameterGroup"] = rand.choice(
        ["default." + family(cluster), own_group("c", family(cluster))])
    cluster["VpcSecurityGroups"] = [
        {"VpcSecurityGroupId": group, "Status": "active"}
        for group in sorted(rand.sample(GROUPS, rand.randint(1, 4)))]
    cluster.pop("DBClusterMembers", None)
    cluster.pop("BacktrackWindow", None)
    if cluster["Engine"] == "aurora-mysql" and chance(60):
        cluster["BacktrackWindow"] = rand.choice([0, 3600, 86400])
    cluster["DomainMemberships"] = []
    if chance(30):
        cluster["DomainMemberships"] = [
            {"Domain": "d-1234567890", "Status": "joined",
             "IAMRoleName": rand.choice(DIRECTORY_ROLES)}]
    if chance(10):
        cluster["AwsBackupRecoveryPointArn"] = \
            f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:x"


def fill_instance(instance, cluster):
    instance["CACertificateIdentifier"] = rand.choice(CAS)
    instance["PromotionTier"] = rand.randint(0, 14)
    instance["PubliclyAccessible"] = chance(30)
    instance["PreferredMaintenanceWindow"] = weekly()
    instance["MonitoringInterval"] = 0
    instance.pop("MonitoringRoleArn", None)
    if chance(50):
        instance["MonitoringInterval"] = rand.choice([1, 15, 60])
        instance["MonitoringRoleArn"] = role_arn(rand.choice(ROLES))
    instance["DBParameterGroups"] = [{
        "DBParameterGroupName": rand.choice(
            ["default." + family(cluster), own_group("i", family(cluster))]),
        "ParameterApplyStatus": "in-sync"}]


def fill_fleet(fleet):
    account = fleet["accounts"][0]
    place = account["regions"][0]
    account["roles"] = [
        {"RoleName": role, "AttachedPolicies": [MONITORING]}
        for role in ROLES] + [{"RoleName": role} for role in DIRECTORY_ROLES]
    families = set()
    for cluster in place["clusters"]:
        members = [i for i in place["instances"] if
                   i["DBClusterIdentifier"] == cluster["DBClusterIdentifier"]]
        fill_cluster(cluster)
        fill_insights(cluster, members)
        families.add(family(cluster))
        for member in members:
            fill_instance(member, cluster)
        cluster["AutoMinorVersionUpgrade"] = all(
            member["AutoMinorVersionUpgrade"] for member in members)
    place["db_cluster_parameter_groups"] = [
        {"DBClusterParameterGroupName": own_group("c", one),
         "DBParameterGroupFamily": one} for one in sorted(families)]
    place["db_parameter_groups"] = [
        {"DBParameterGroupName": own_group("i", one),
         "DBParameterGroupFamily": one} for one in sorted(families)]
    place["security_groups"] = GROUPS


# ---- what is wanted ----

def boolean():
    return rand.choice([True, False])


def a_set(members, least=0):
    form = rand.randrange(3)
    if form == 0:
        return sorted(rand.sample(members, rand.randint(least, len(members))))
    if form == 1:
        return {"include": rand.sample(members, 1)}
    two = rand.sample(members, 2) if len(members) > 1 else None
    return {"include": two[:1], "exclude": two[1:]} if two else members


def tags():
    return rand.choice([{"include": {"env": rand.choice(["prod", "test"])}},
                        {"exclude": ["env"]},
                        {"include": {"team": "dba"}, "exclude": ["owner"]}])


CLUSTER = {
    "tags": tags,
    "backtrack_window": lambda: rand.choice([0, 3600, 259200]),
    "backup_retention_period": lambda: rand.randint(1, 35),
    "copy_tags_to_snapshot": boolean,
    "database_insights_mode": lambda: rand.choice(["standard", "advanced"]),
    "deletion_protection": boolean,
    "domain": lambda: rand.choice(["d-1234567890", "d-0987654321", None]),
    "domain_iam_role_name": lambda: rand.choice(DIRECTORY_ROLES + [None]),
    "enabled_cloudwatch_logs_exports": lambda: a_set(
        LOGS["aurora-mysql"] + LOGS["aurora-postgresql"] + NEW_LOGS),
    "iam_database_authentication_enabled": boolean,
    "network_type": lambda: rand.choice(["IPV4", "DUAL"]),
    "performance_insights_enabled": boolean,
    "performance_insights_kms_key_id": lambda: rand.choice(KEYS),
    "performance_insights_retention_period": lambda: rand.choice(RETENTIONS),
    "port": lambda: rand.randint(1150, 1160),
    "preferred_backup_window": daily,
    "preferred_maintenance_window": weekly,
    "vpc_security_group_ids": lambda: a_set(GROUPS, 1),
}
INSTANCE = {
    "tags": tags,
    "auto_minor_version_upgrade": boolean,
    "ca_certificate_identifier": lambda: rand.choice(CAS),
    "monitoring_interval": lambda: rand.choice([0, 1, 30, 60]),
    "monitoring_role_arn": lambda: rand.choice(
        [role_arn(role) for role in ROLES] + [None]),
    "pending_reboot": lambda: False,
    "preferred_maintenance_window": weekly,
    "promotion_tier": lambda: rand.randint(0, 14),
    "publicly_accessible": boolean,
}
# by what uses the group, which may be AWS's own
PARAMETERS = {
    "aurora-mysql": {
        "server_audit_logging": lambda: rand.choice(["0", "1", None]),
        "require_secure_transport": lambda: rand.choice(["ON", "OFF"]),
        "tls_version": lambda: rand.choice(["TLSv1.2", None]),
    },
    "aurora-postgresql": {
        "rds.force_ssl": lambda: rand.choice(["0", "1"]),
        "log_statement": lambda: rand.choice(["ddl", "all", None]),
        "shared_preload_libraries": lambda: {"include": ["pgaudit"]},
    },
}
# of the engine's family, which differs by cluster
GROUP_SETTINGS = {"cluster": "db_cluster_parameter_group_name",
                  "instance": "db_parameter_group_name"}


def writable(aback):
    """All settings that a rule can name, from the table's own schema."""
    schema = json.loads(subprocess.run([aback, "schema"], check=True,
                                       capture_output=True).stdout)
    names = {}

    def walk(node):
        if isinstance(node, dict):
            if "deletion_protection" in node:
                names["cluster"] = set(node)
            if "publicly_accessible" in node:
                names["instance"] = set(node)
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(schema)
    return names


FIXED = {"engine_version", "internet_access_gateway_enabled", "kms_key_id",
         "master_username", "multi_az", "storage_encrypted",
         "vpc_networking_enabled"}


def check_complete(aback):
    names = writable(aback)
    for kind, makers in (("cluster", CLUSTER), ("instance", INSTANCE)):
        missing = names[kind] - FIXED - set(makers) - {
            GROUP_SETTINGS[kind], "parameters"}
        assert not missing, f"no values for {sorted(missing)} of {kind}"


def rule(kind, match, makers):
    names = [name for name in sorted(makers) if chance(40)]
    return {"match": {"kind": kind, **match},
            **({"when": "window"} if chance(25) else {}),
            "set": {name: makers[name]() for name in names}} if names else None


def group_rules(place):
    for cluster in place["clusters"]:
        if not chance(30):
            continue
        one = family(cluster)
        name = cluster["DBClusterIdentifier"]
        for kind, letter in (("cluster", "c"), ("instance", "i")):
            match = {"id": name} if kind == "cluster" else {"cluster": name}
            group = rand.choice(["default." + one, own_group(letter, one)])
            yield {"match": {"kind": kind, **match},
                   "set": {GROUP_SETTINGS[kind]: group}}


def parameter_rules(place):
    for cluster in place["clusters"]:
        makers = PARAMETERS[cluster["Engine"]]
        if chance(30):
            wanted = {name: makers[name]() for name in makers if chance(60)}
            if wanted:
                yield {"match": {"kind": "cluster",
                                 "id": cluster["DBClusterIdentifier"]},
                       "set": {"parameters": wanted}}


def write_desired(place):
    rules = [
        rule("cluster", {}, CLUSTER),
        rule("instance", {}, INSTANCE),
    ]
    for engine in VERSIONS:
        rules.append(rule("cluster", {"engine": engine}, CLUSTER))
    for cluster in place["clusters"]:
        name = cluster["DBClusterIdentifier"]
        if chance(50):
            rules.append(rule("cluster", {"id": name}, CLUSTER))
        if chance(50):
            rules.append(rule("instance", {"cluster": name}, INSTANCE))
    rules += group_rules(place)
    rules += parameter_rules(place)
    rules = [one for one in rules if one]
    # JSON is YAML
    with open("aback.yaml", "w") as out:
        json.dump({"version": 1, "state": {"repository": "./store.git"},
                   "targets": [{"name": "prod", "account_id": ACCOUNT,
                                "region": REGION}],
                   "rules": rules}, out, indent=1)


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

def by_member(fleet):
    """(address, member) -> value; what the instances say is theirs alone."""
    place = fleet["accounts"][0]["regions"][0]
    members = {}
    for kind, name in (("clusters", "DBClusterIdentifier"),
                       ("instances", "DBInstanceIdentifier")):
        for one in place[kind]:
            for member in one.get("DBClusterMembers", []):
                member.pop("PromotionTier", None)
            for member, value in one.items():
                if member == "TagList":  # in no order
                    value = sorted(value, key=lambda tag: tag["Key"])
                members[kind[:-1] + "/" + one[name], member] = value
    for group in place["db_cluster_parameter_groups"]:
        members["group/" + group["DBClusterParameterGroupName"],
                "Parameters"] = {  # the method is no part of the value
                    name: one["ParameterValue"] if isinstance(one, dict)
                    else one
                    for name, one in group.get("Parameters", {}).items()}
    return members


READ = {  # where settings are read that need not come back
    "backtrack_window": "BacktrackWindow",
    "ca_certificate_identifier": "CACertificateIdentifier",
    # and those that a colleague may have changed
    "port": "Port",
    "preferred_maintenance_window": "PreferredMaintenanceWindow",
    "promotion_tier": "PromotionTier",
}


def one_way(plan):
    """(address, member) of what the plan said would not come back."""
    return {(change["address"], READ.get(change["setting"],
                                         change["setting"]))
            for change in plan["changes"]
            if any(plan["steps"][step]["backout"] is None
                   for step in change["steps"])}


def compare(before, after, allowed, what):
    wrong = [f"  {key[0]} {key[1]}: {before.get(key)} -> {after.get(key)}"
             for key in sorted(set(before) | set(after))
             if before.get(key) != after.get(key) and key not in allowed]
    if wrong:
        raise Failed(what + "\n" + "\n".join(wrong))


def check_log(plans):
    sent = []
    with open("sim.log") as log:
        for line in log:
            entry = json.loads(line)
            if entry["action"].startswith(("Describe", "Get", "List")):
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
ELSE = {"Port": 2000, "PreferredMaintenanceWindow": "sun:23:50-mon:00:20",
        "PromotionTier": 15}


def meddle(simulator):
    """A colleague changes this and that; returns what is now his."""
    his = set()
    for (address, member) in by_member(simulator.fleet()):
        if member not in ELSE or not chance(15):
            continue
        if address.startswith("cluster/") != (member == "Port"):
            continue
        simulator.poke(address, {member: ELSE[member]})
        his.add((address, member))
    return his


def back_out(path, simulator, undone, his):
    run([0], "backout", "--last", "-o", path)
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
    compare({**before, **{(address, member): ELSE[member]
                          for address, member in his}},
            by_member(simulator.fleet()), one_way(plan) - his,
            "the backout did not bring back")
    check_held(plan, back)
    redo = back_out("redo.json", simulator, back, set())
    simulator.let_time_pass()
    compare(there, by_member(simulator.fleet()), one_way(back) | his,
            "the backout of the backout did not bring back")
    check_log([plan, back, redo])
    return len(plan["changes"])


def main():
    clusters = sys.argv[2] if len(sys.argv) > 2 else "5"
    os.environ.update(AWS_ACCESS_KEY_ID="AKIAABACKSIMULATOR01",
                      AWS_SECRET_ACCESS_KEY="aback-simulator-secret-key",
                      AWS_REGION=REGION)
    check_complete(os.environ["ABACK"])
    program = os.environ["ABACK_SIM"]
    simulator = Simulator(program, "--clusters", clusters, "--instances", "2",
                          "--seed", sys.argv[1])
    fleet = simulator.fleet()
    simulator.stop()
    fill_fleet(fleet)
    with open("fleet.json", "w") as out:
        json.dump(fleet, out, indent=1)
    write_desired(fleet["accounts"][0]["regions"][0])
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
