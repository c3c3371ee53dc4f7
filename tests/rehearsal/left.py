"""Comparing live before and after, and what a backout is known to leave.

Some things that a change makes stay when it is backed out: no call of ours
deletes a log group, or a version of a policy. They are told, and all else has
to be as it was.
"""
import json

from .kinds import as_text, flat


def each_part(live):
    for account in live["accounts"]:
        yield account["account_id"], account
        for region in account["regions"]:
            yield f"{account['account_id']}/{region['region']}", region


def names(part, where, key):
    return {item[key] for item in part.get(where, [])}


def left_behind(start, live):
    """What is there now, was not at the start, and is known to stay."""
    before, left = dict(each_part(start)), []
    for place, part in each_part(live):
        was = before[place]
        for name in sorted(names(part, "log_groups", "logGroupName")
                           - names(was, "log_groups", "logGroupName")):
            left.append(f"log group {name}")
        had = {policy["Arn"]: policy for policy in was.get("policies", [])}
        for policy in part.get("policies", []):
            for version in policy["Versions"]:
                if version not in had[policy["Arn"]]["Versions"]:
                    left.append(f"version {version['VersionId']} of "
                                + policy["Arn"])
        for name in sorted(waits(was) - waits(part)):
            left.append(f"instance {name} has been rebooted")
    return left


def comparable(live, start):
    """Live without what AWS numbers or counts, and without what stays."""
    live = json.loads(json.dumps(live))
    before = dict(each_part(start))
    for place, part in each_part(live):
        part.pop("parameter_events", None)
        drop_left(part, before[place])
        for group in part.get("vpc_security_groups", []):
            for rule in group["rules"]:
                del rule["SecurityGroupRuleId"]
            group["rules"].sort(key=as_text)
        for where, tags in (("roles", "Tags"), ("clusters", "TagList"),
                            ("instances", "TagList")):
            for item in part.get(where, []):
                put_flat(item, tags)
        for cluster in part.get("clusters", []):
            cluster.pop("ActivityStreamKinesisStreamName", None)
            cluster.pop("AutoMinorVersionUpgrade", None)  # its members'
            cluster.setdefault("ActivityStreamStatus", "stopped")
            put_flat(cluster, "ActivityStreamKmsKeyId")
            put_flat(cluster, "AssociatedRoles")
        for snapshot in part.get("db_cluster_snapshots", []):
            put_flat(snapshot, "restore")
        for subscription in part.get("event_subscriptions", []):
            put_flat(subscription, "SourceIdsList")
            put_flat(subscription, "EventCategoriesList")
        for where in ("db_cluster_parameter_groups", "db_parameter_groups"):
            for group in part.get(where, []):
                group["Parameters"] = {
                    name: value["ParameterValue"]
                    for name, value in group["Parameters"].items()}
            part.get(where, []).sort(key=as_text)
    return live


def put_flat(item, member):
    if member in item:
        item[member] = flat(item[member])


def drop_left(part, was):
    """Without what a backout leaves, which left_behind() tells."""
    if "log_groups" in part:
        known = names(was, "log_groups", "logGroupName")
        part["log_groups"] = [group for group in part["log_groups"]
                              if group["logGroupName"] in known]
    for policy in part.get("policies", []):
        default = policy.pop("DefaultVersionId")
        policy["Versions"] = next(
            version["Document"] for version in policy["Versions"]
            if version["VersionId"] == default)
        del policy["lastVersion"]
    waited = waits(was)
    for instance in part.get("instances", []):
        if instance["DBInstanceIdentifier"] in waited:
            del instance["DBParameterGroups"][0]["ParameterApplyStatus"]


def waits(part):
    """Instances that wait for a reboot."""
    return {instance["DBInstanceIdentifier"]
            for instance in part.get("instances", [])
            if instance["DBParameterGroups"][0]["ParameterApplyStatus"]
            == "pending-reboot"}


def difference(a, b, path=""):
    """A line for each member that differs; nothing is nothing."""
    if isinstance(a, dict) and isinstance(b, dict):
        return "".join(difference(a.get(k), b.get(k), f"{path}/{k}")
                       for k in sorted(set(a) | set(b)))
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return "".join(difference(x, y, f"{path}/{i}")
                       for i, (x, y) in enumerate(zip(a, b)))
    if a == b or not (a or b):
        return ""
    return f"  {path}: {json.dumps(a)} → {json.dumps(b)}\n"
