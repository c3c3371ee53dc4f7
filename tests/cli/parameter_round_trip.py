#!/usr/bin/env python3
"""parameter_round_trip.py SEED: random parameter groups, random rules.

What somebody set in the groups and what rules want of them is drawn from what
the families have. Plan, apply, plan again, back out, back that out as well: the
second plan must change nothing, every parameter and its source be as it was
before, and then as it was after; and no request names a parameter that is not in
the plan. Run in an empty folder; ABACK and ABACK_SIM name the programs.
"""
import json
import os
import random
import subprocess
import sys
import time

import boto3
import botocore.config

ACCOUNT, REGION = "123456789012", "eu-west-1"
FAMILIES = {"aurora-mysql8.0": ("aurora-mysql", "8.0.mysql_aurora.3.08.0"),
            "aurora-mysql5.7": ("aurora-mysql", "5.7.mysql_aurora.2.11.5"),
            "aurora-postgresql16": ("aurora-postgresql", "16.4"),
            "aurora-postgresql15": ("aurora-postgresql", "15.4")}
ALLOW = ["lossy", "restart", "exposure", "many"]
# pairs of these are valid only together, which is not what is tried here
APART = ("character_set", "collation", "binlog", "aurora_enhanced")
SWITCHES = [["1", "ON", "on", "true"], ["0", "OFF", "off", "false"]]

rand = random.Random(int(sys.argv[1]))


def chance(percent):
    return rand.randrange(100) < percent


# ---- the simulator and the tool ----

class Simulator:
    def __init__(self, fleet):
        with open("fleet.json", "w") as out:
            json.dump(fleet, out)
        if os.path.exists("port"):
            os.remove("port")
        self.process = subprocess.Popen(
            [os.environ["ABACK_SIM"], "--port-file", "port", "--settle-ms",
             "10", "--no-throttle", "--log", "sim.log", "--fleet",
             "fleet.json"], stdout=subprocess.DEVNULL)
        while not os.path.exists("port"):
            assert self.process.poll() is None, "the simulator ended"
            time.sleep(0.02)
        with open("port") as port:
            self.url = f"http://127.0.0.1:{port.read().strip()}"
        os.environ["AWS_ENDPOINT_URL"] = self.url
        self.rds = boto3.client(
            "rds", endpoint_url=self.url, region_name=REGION,
            aws_access_key_id="AKIAABACKSIMULATOR01",
            aws_secret_access_key="aback-simulator-secret-key",
            config=botocore.config.Config(retries={"max_attempts": 0}))

    def all(self, call, key, **more):
        return [one for page in self.rds.get_paginator(call).paginate(**more)
                for one in page[key]]

    def family(self, name, level):
        call = f"describe_engine_default_{level}parameters"
        return [one for page in self.rds.get_paginator(call).paginate(
            DBParameterGroupFamily=name)
            for one in page["EngineDefaults"]["Parameters"]]

    def state(self):
        """Every group, who uses it, and what is set in it by whom."""
        seen = {}
        for level, key in (("cluster_", "DBClusterParameterGroupName"),
                           ("", "DBParameterGroupName")):
            for group in self.all(f"describe_db_{level}parameter_groups",
                                  key.replace("Name", "s")):
                name = group[key]
                seen[f"{key}/{name}"] = group
                for one in self.all(f"describe_db_{level}parameters",
                                    "Parameters", **{key: name}):
                    seen[f"{key}/{name}/{one['ParameterName']}"] = (
                        one.get("ParameterValue"), one["Source"])
        for one in self.all("describe_db_clusters", "DBClusters"):
            seen[one["DBClusterArn"]] = one["DBClusterParameterGroup"]
        return seen

    def stop(self):
        self.process.terminate()
        self.process.wait()


def run(good, *command):
    done = subprocess.run([os.environ["ABACK"], *command],
                          capture_output=True, text=True)
    if done.returncode not in good:
        print(done.stdout + done.stderr)
        raise AssertionError(f"{command} ended with {done.returncode}")
    return done.stdout


def load(path):
    with open(path) as text:
        return json.load(text)


# ---- what there is, and what is wanted ----

def value_for(parameter):
    """A value that it may have, spelled in some way that AWS takes."""
    allowed = parameter.get("AllowedValues")
    if not allowed:
        return rand.choice(["x", "y", "some text", "{DBInstanceClassMemory/9}"]
                           if parameter["DataType"] == "string" else ["7", "8"])
    words = allowed.split(",")
    if parameter["DataType"] == "list":
        return ",".join(rand.sample(words, rand.randint(1, min(3, len(words)))))
    word = rand.choice(words)
    low, dash, high = word[1:].partition("-")
    if dash and (word[0] + low).lstrip("-").isdigit():
        return str(min(int(word[0] + low) + rand.randrange(3), int(high))
                   if high.isdigit() else word[0] + low)
    return word


def respell(parameter, value):
    """The same in other words."""
    if parameter["DataType"] == "boolean":
        for words in SWITCHES:
            if value in words:
                return rand.choice(words)
    if parameter["DataType"] == "list":
        words = value.split(",")
        rand.shuffle(words)
        return rand.choice([",", ", "]).join(words)
    if parameter["DataType"] == "integer" and value.isdigit() and chance(20):
        return "0" + value
    return value


def wish(parameter):
    if chance(20):
        return None
    if parameter["DataType"] == "list" and parameter.get("AllowedValues"):
        words = parameter["AllowedValues"].split(",")
        if chance(40) and len(words) > 1:
            both = rand.sample(words, 2)
            return {"include": [both[0]], "exclude": [both[1]]} \
                if chance(50) else {"include": both}
    value = parameter.get("ParameterValue") if chance(30) else None
    return respell(parameter, value or value_for(parameter))


def some_parameters(family, most):
    able = [one for one in family if one["IsModifiable"]
            and not one["ParameterName"].startswith(APART)]
    return rand.sample(able, rand.randint(1, most))


def make_fleet(families):
    place = {"region": REGION, "clusters": [], "instances": [],
             "db_cluster_parameter_groups": [], "db_parameter_groups": []}
    for number, (family, (engine, version)) in enumerate(FAMILIES.items()):
        for level, key, letter in (
                ("cluster_", "DBClusterParameterGroupName", "c"),
                ("", "DBParameterGroupName", "i")):
            place[f"db_{level}parameter_groups"].append(
                {key: f"{letter}{number}", "DBParameterGroupFamily": family,
                 "Parameters": {one["ParameterName"]: value_for(one) for one
                                in some_parameters(families[family, level],
                                                   12)}})
        for copy in range(rand.randint(1, 2)):
            cluster = {"DBClusterIdentifier": f"k{number}-{copy}",
                       "Engine": engine, "EngineVersion": version}
            if chance(80):
                cluster["DBClusterParameterGroup"] = f"c{number}"
            place["clusters"].append(cluster)
            for member in range(rand.randint(1, 2)):
                name = f"{cluster['DBClusterIdentifier']}-{member}"
                instance = {"DBInstanceIdentifier": name,
                            "DBClusterIdentifier":
                                cluster["DBClusterIdentifier"]}
                if chance(60):
                    instance["DBParameterGroups"] = [
                        {"DBParameterGroupName": f"i{number}",
                         "ParameterApplyStatus": "in-sync"}]
                place["instances"].append(instance)
    return {"format": "aback-fleet/1", "accounts": [
        {"account_id": ACCOUNT, "regions": [place]}]}


def make_rules(families):
    rules = []
    for number, family in enumerate(FAMILIES):
        for level, kind, letter in (("cluster_", "cluster", "c"),
                                    ("", "instance", "i")):
            wanted = {one["ParameterName"]: wish(one) for one
                      in some_parameters(families[family, level], 30)}
            rules.append({"match": {"kind": f"{kind}_parameter_group",
                                    "id": f"{letter}{number}"},
                          "set": wanted})
            if chance(30):
                rules[-1]["when"] = "window"
        if chance(50):
            name = f"new{number}"
            wanted = {one["ParameterName"]: value_for(one) for one
                      in some_parameters(families[family, "cluster_"], 5)}
            rules.append({"match": {"kind": "cluster_parameter_group",
                                    "id": name},
                          "set": {"family": family, **wanted}})
            rules.append({"match": {"kind": "cluster", "id": f"k{number}-0"},
                          "set": {"db_cluster_parameter_group_name": name}})
    rand.shuffle(rules)
    return rules


# ---- there and back ----

def compare(seen, wanted, what):
    wrong = {key: (seen.get(key), wanted.get(key))
             for key in set(seen) | set(wanted)
             if seen.get(key) != wanted.get(key)}
    assert not wrong, f"{what}: {wrong}"


def check_log(plans):
    """No parameter is named that is in no step of these plans."""
    steps = [step["parameters"] for plan in plans for step in plan["steps"]]
    with open("sim.log") as log:
        for line in log:
            one = json.loads(line)
            if not one["action"].startswith(("Describe", "Get",
                                             "Simulate")):
                assert one["parameters"] in steps, line
                assert one["parameters"].get("ResetAllParameters") != "true"


def apply(path):
    plan = load(path)
    allow = [word for one in ALLOW for word in ("--allow", one)]
    run((0, 4), "apply", path, "--yes", *allow)
    return plan


def back_out(path):
    run((0,), "backout", "--last", "-o", path)
    plan = load(path)
    assert not plan["conflicts"] and not plan["blocked"], plan["blocked"]
    return apply(path)


def round_trip(simulator, families):
    with open("aback.yaml", "w") as out: # JSON is YAML
        json.dump({"version": 1, "state": {"repository": "./store.git"},
                   "targets": [{"name": "prod", "account_id": ACCOUNT,
                                "region": REGION}],
                   "rules": make_rules(families)}, out, indent=1)
    run((0,), "init")
    before = simulator.state()
    run((0,), "plan", "-o", "plan.json")
    if not load("plan.json")["changes"]:
        return
    assert not load("plan.json")["blocked"], load("plan.json")["blocked"]
    plans = [apply("plan.json")]
    after = simulator.state()
    run((0,), "plan", "-o", "second.json")
    second = load("second.json")
    assert not second["changes"] and not second["blocked"], second
    plans.append(back_out("back.json"))
    compare(simulator.state(), before, "after the backout")
    plans.append(back_out("again.json"))
    compare(simulator.state(), after, "after the backout of the backout")
    check_log(plans)


def main():
    empty = {"format": "aback-fleet/1", "accounts": [
        {"account_id": ACCOUNT, "regions": [{"region": REGION}]}]}
    simulator = Simulator(empty)
    families = {(name, level): simulator.family(name, level)
                for name in FAMILIES for level in ("cluster_", "")}
    simulator.stop()
    os.remove("sim.log")
    simulator = Simulator(make_fleet(families))
    try:
        round_trip(simulator, families)
    finally:
        simulator.stop()
    print("there and back")


main()
