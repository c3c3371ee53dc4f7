"""A random desired file: what a rule can say comes from `aback schema`."""
import ipaddress
import json
import random
import subprocess

import fleet as world
import parameters
from fleet import chance, some

# differences in these are only reported as blocked
FIXED = {
    "cluster": {"engine_version", "internet_access_gateway_enabled",
                "kms_key_id", "master_username", "multi_az",
                "storage_encrypted", "vpc_networking_enabled"},
    "cluster_snapshot": {"kms_key_id", "storage_encrypted"},
}


# ---- values that the schema describes well enough ---------------------------

def boolean():
    return random.choice([True, False])


def a_set(members, least=0, always=()):
    """The whole set, what is to be in it, or what is to be in it and not."""
    form = random.randrange(3)
    if form == 0:
        chosen = some(members, least)
        return chosen + [one for one in always if one not in chosen]
    if form == 1 or len(members) < 2:
        return {"include": random.sample(members, 1)}
    two = random.sample(members, 2)
    return {"include": two[:1], "exclude": two[1:]}


def number(node):
    least, most = node["minimum"], node["maximum"]
    return lambda: random.choice([least, most, random.randint(least, most)])


def any_of(nodes):
    makers = [from_schema(node) for node in nodes]
    return None if None in makers else lambda: random.choice(makers)()


def from_schema(node):
    """A maker of values; None: the schema does not say which are possible."""
    if "const" in node:
        return lambda: node["const"]
    if "enum" in node:
        return lambda: random.choice(node["enum"])
    if "anyOf" in node:
        return any_of(node["anyOf"])
    kind = node.get("type")
    if kind == "integer" and "minimum" in node and "maximum" in node:
        return number(node)
    if isinstance(kind, list):
        return None
    return {"boolean": boolean, "null": lambda: None}.get(kind)


# ---- values of which it does not --------------------------------------------

def policies():
    return a_set(world.POLICIES, always=[world.MONITORING])


def inline():
    if chance(50):
        return {name: world.document() for name in some(["a", "b", "c"])}
    return {"include": {"a": world.document()}, "exclude": ["b"]}


def group_rule(rule, described=False):
    peer = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    wish = {"ip_protocol": rule["IpProtocol"], "from_port": rule["FromPort"],
            "to_port": rule["ToPort"],
            "cidr_ipv4": rule.get("CidrIpv4"),
            "cidr_ipv6": rule.get("CidrIpv6"),
            "prefix_list_id": rule.get("PrefixListId"),
            "referenced_group_id": peer}
    if described and chance(50):
        wish["description"] = random.choice(["who", "since 2026"])
    return {key: value for key, value in wish.items() if value is not None}


def lies_in(inner, outer):
    """Does one rule let in nothing that the other does not?"""
    networks = []
    for name in ("CidrIpv4", "CidrIpv6"):
        if name in inner and name in outer:
            networks = [ipaddress.ip_network(one[name], strict=False)
                        for one in (inner, outer)]
    if networks:
        if not networks[0].subnet_of(networks[1]):
            return False
    elif any(inner.get(name) != outer.get(name) for name in
             ("CidrIpv4", "CidrIpv6", "PrefixListId", "ReferencedGroupInfo")):
        return False
    if outer["IpProtocol"] == "-1":
        return True
    return inner["IpProtocol"] == outer["IpProtocol"] and (
        outer["FromPort"] == -1 or
        outer["FromPort"] <= inner["FromPort"] and
        inner["ToPort"] <= outer["ToPort"])


def apart(rules):
    """A file may not list rules that overlap."""
    kept = []
    for rule in rules:
        if not any(lies_in(rule, one) or lies_in(one, rule) for one in kept):
            kept.append(rule)
    return kept


def group_rules():
    rules = random.sample(world.GROUP_RULES, 5)
    form = random.randrange(3)
    if form == 0:
        return [group_rule(rule, True)
                for rule in apart(rules[:random.randint(0, 5)])]
    wish = {"include": [group_rule(rule, True) for rule in apart(rules[:2])]}
    if form == 1:
        wish["exclude"] = [group_rule(rule) for rule in rules[2:]]
    return wish


def tags():
    keys = random.sample(world.TAGS, random.randint(1, len(world.TAGS)))
    wish = {"include": {key: random.choice(["a", "d"]) for key in keys[:2]}}
    if keys[2:]:
        wish["exclude"] = keys[2:]
    return wish


def stream():
    return random.choice([None] + [
        {"mode": mode, "kms_key_id": random.choice(world.KEYS)}
        for mode in ("async", "sync")])


MAKERS = {
    ("cluster", "associated_roles"): lambda: a_set(
        world.role_members(random.choice(list(world.VERSIONS)))),
    ("cluster", "database_activity_stream"): stream,
    ("cluster", "master_user_secret_kms_key_id"):
        lambda: random.choice(world.KEYS),
    ("cluster", "tags"): tags,
    ("cluster_snapshot", "shared_with"): lambda: a_set(world.ACCOUNTS),
    ("event_subscription", "event_categories"):
        lambda: some(world.CATEGORIES),
    ("event_subscription", "exists"): lambda: True,
    ("event_subscription", "sns_topic_arn"):
        lambda: random.choice(world.TOPICS),
    ("event_subscription", "source_ids"): lambda: [],
    ("iam_role", "tags"): tags,
    ("instance", "tags"): tags,
    ("cluster", "backtrack_window"):
        lambda: random.choice([0, 3600, 259200]),
    ("cluster", "domain"):
        lambda: random.choice(["d-1234567890", "d-0987654321", None]),
    ("cluster", "domain_iam_role_name"):
        lambda: random.choice(world.DIRECTORY_ROLES + [None]),
    ("cluster", "enabled_cloudwatch_logs_exports"): lambda: a_set(
        sum(world.LOGS.values(), []) + world.NEW_LOGS),
    ("cluster", "performance_insights_kms_key_id"):
        lambda: random.choice(world.KEYS),
    ("cluster", "performance_insights_retention_period"):
        lambda: random.choice(world.RETENTIONS),
    ("cluster", "port"): lambda: random.randint(1150, 1160),
    ("cluster", "preferred_backup_window"): world.daily,
    ("cluster", "preferred_maintenance_window"): world.weekly,
    ("cluster", "vpc_security_group_ids"): lambda: a_set(world.GROUPS, 1),
    ("iam_policy", "document"): world.document,
    ("iam_role", "assume_role_policy"):
        lambda: world.document("rds.amazonaws.com"),
    ("iam_role", "description"):
        lambda: random.choice(["another purpose", "äöü & more", None]),
    ("iam_role", "inline_policies"): inline,
    ("iam_role", "managed_policy_arns"): policies,
    ("iam_role", "permissions_boundary"):
        lambda: random.choice(world.POLICIES + [None]),
    ("instance", "ca_certificate_identifier"):
        lambda: random.choice(world.CAS),
    ("instance", "monitoring_interval"):
        lambda: random.choice([0, 1, 30, 60]),
    ("instance", "monitoring_role_arn"): lambda: random.choice(
        [world.role_arn(role) for role in world.ROLES] + [None]),
    ("instance", "pending_reboot"): lambda: False,
    ("instance", "preferred_maintenance_window"): world.weekly,
    ("instance", "promotion_tier"): lambda: random.randint(0, 14),
    ("log_group", "exists"): lambda: True,
    ("log_group", "kms_key_id"): lambda: random.choice(world.KEYS + [None]),
    ("log_group", "retention_in_days"):
        lambda: random.choice(world.LOG_RETENTIONS + ["never", None]),
    ("security_group", "egress"): group_rules,
    ("security_group", "ingress"): group_rules,
    ("security_group", "public_ingress"): lambda: False,
}
# of the engine's family, which differs by cluster: family_rules
BY_FAMILY = {("cluster", "db_cluster_parameter_group_name"): "c",
             ("cluster", "parameters"): "c",
             ("instance", "db_parameter_group_name"): "i",
             ("instance", "parameters"): "i"}


# ---- settings that only go together -----------------------------------------

def rotation(wish, match, place):
    """A period goes with rotation that is on."""
    if not wish:
        return wish
    on = boolean()
    return {"rotation_enabled": on,
            "rotation_period_days": random.randint(90, 2560) if on else None}


def subscription(wish, match, place):
    """Sources are of one type, which stays; a new one needs a topic."""
    name = match["id"]
    wish.pop("source_type", None)
    if name not in world.SUBSCRIPTIONS:
        wish.pop("source_ids", None)
        wish.pop("exists", None)
    elif "source_ids" in wish:
        wish["source_ids"] = some(world.sources(place, name))
    if name == "new":
        wish.update(sns_topic_arn=world.TOPICS[0],
                    source_type=world.SUBSCRIPTIONS[name])
    return wish


def group_of(cluster):
    """Nearly everything that a family has, more than the schema names."""
    return lambda wish, match, place: parameters.wish(
        world.family_of(match["id"]), cluster)


TOGETHER = {"cluster_parameter_group": group_of(True),
            "instance_parameter_group": group_of(False),
            "event_subscription": subscription, "kms_key": rotation}

# asking for both could ask for what is open to the world and against it
EITHER_OR = [("security_group", "ingress", "public_ingress")]


# ---- which resources a rule can name ----------------------------------------

def clusters(place):
    return [{}] + [{"engine": engine} for engine in world.VERSIONS] + [
        {"id": cluster["DBClusterIdentifier"]} for cluster in place["clusters"]
        if chance(50)]


def instances(place):
    return [{}] + [
        {"cluster": cluster["DBClusterIdentifier"]}
        for cluster in place["clusters"] if chance(50)]


def by_id(*ids, glob="*"):
    return lambda place: [{"id": glob}] + [
        {"id": one} for one in ids if chance(50)]


def groups(key, name):
    return lambda place: [{"id": one[name]} for one in place[key]
                          if chance(60)]


SELECTORS = {
    "cluster_parameter_group": groups("db_cluster_parameter_groups",
                                      "DBClusterParameterGroupName"),
    "instance_parameter_group": groups("db_parameter_groups",
                                       "DBParameterGroupName"),
    "cluster": clusters,
    "cluster_snapshot": by_id(*world.SNAPSHOTS),
    "event_subscription": by_id(*world.SUBSCRIPTIONS),
    "iam_policy": by_id(*world.OWN_POLICIES),
    "iam_role": by_id(*world.ROLES, *world.DIRECTORY_ROLES,
                      *world.OTHER_ROLES, *world.FEATURES),
    "instance": instances,
    "kms_key": by_id(*world.KEY_IDS),
    "log_group": by_id(*world.OTHER_LOG_GROUPS, glob="/aws/rds/cluster/*"),
    "security_group": by_id(*world.GROUPS),
}


# ---- the file ---------------------------------------------------------------

def makers_of(aback):
    """kind -> setting -> maker, of everything that a rule can set."""
    schema = json.loads(subprocess.run([aback, "schema"], check=True,
                                       capture_output=True).stdout)
    makers, missing = {}, []
    for key, node in schema["$defs"].items():
        if not key.endswith("_settings"):
            continue
        kind = key[:-len("_settings")]
        makers[kind] = {}
        if node["additionalProperties"]:
            continue  # TOGETHER alone knows what there is
        for name, value in node["properties"].items():
            maker = MAKERS.get((kind, name)) or from_schema(value)
            if (kind, name) in BY_FAMILY or name in FIXED.get(kind, ()):
                continue
            if not maker:
                missing.append(f"{kind}: {name}")
            makers[kind][name] = maker
    missing += [f"{kind}: no SELECTORS" for kind in set(makers) -
                set(SELECTORS)]
    assert not missing, f"no values in {__file__} for {sorted(missing)}"
    return makers


def rule(kind, match, makers, place):
    wish = {name: makers[name]() for name in sorted(makers) if chance(40)}
    if kind in TOGETHER:
        wish = TOGETHER[kind](wish, match, place)
    return {"match": {"kind": kind, **match},
            **({"when": "window"} if chance(25) else {}),
            "set": wish} if wish else None


def family_rules(place, with_parameters):
    """For one cluster and its instances each, as its family has it."""
    for cluster in place["clusters"]:
        one = world.family(cluster)
        name = cluster["DBClusterIdentifier"]
        for (kind, setting), letter in BY_FAMILY.items():
            if not chance(20):
                continue
            match = {"id": name} if kind == "cluster" else {"cluster": name}
            wish = random.choice(["default." + one,
                                  world.own_group(letter, one)])
            if setting == "parameters":
                if not with_parameters:
                    continue
                wish = parameters.wish(one, letter == "c")
            yield {"match": {"kind": kind, **match}, "set": {setting: wish}}


def write(place, makers, path):
    for kind, *names in EITHER_OR:
        makers[kind].pop(random.choice(names))
    # by those who use the group, or of the group
    by_users = boolean()
    if by_users:
        makers.pop("cluster_parameter_group")
        makers.pop("instance_parameter_group")
    rules = [rule(kind, match, makers[kind], place) for kind in sorted(makers)
             for match in SELECTORS[kind](place)]
    rules = [one for one in rules if one] + list(
        family_rules(place, by_users))
    # JSON is YAML
    with open(path, "w") as out:
        json.dump({"version": 1, "state": {"repository": "./store.git"},
                   "targets": [{"name": "prod",
                                "account_id": world.ACCOUNT,
                                "region": world.REGION}],
                   "rules": rules}, out, indent=1)
