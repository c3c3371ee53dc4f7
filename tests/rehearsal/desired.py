"""Rules that ask for what a backout undoes, so that there is something to undo.

They stand in a desired file under the names that a plan has; only sets with
parts of their own are written another way.
"""
import json

from .kinds import split_address


def named(rule, *left_out):
    """A rule of a security group as a desired file names it."""
    return {key: rule[key] for key in rule
            if key not in ("rule_id",) + left_out}


def peer(rule):
    return named(rule, "description", "tags")


def parts(include, exclude):
    both = {"include": include, "exclude": exclude}
    return {part: both[part] for part in both if both[part]}


def wish(setting, value, prior):
    """The rule's `set` that asks for a plan's value where there is `prior`."""
    if setting == "tags":
        value, prior = value or {}, prior or {}
        return parts({key: text for key, text in value.items()
                      if prior.get(key) != text},
                     [key for key in prior if key not in value])
    if setting.startswith("tags/"):
        return parts({setting[5:]: value} if value is not None else {},
                     [setting[5:]] if value is None else [])
    if setting in ("ingress", "egress"):
        return parts([named(rule) for rule in value if rule not in prior],
                     [peer(rule) for rule in prior
                      if peer(rule) not in map(peer, value)])
    if setting == "associated_roles":
        return [dict(zip(("role_arn", "feature_name"), text.split(" ")))
                for text in value]
    if setting == "database_activity_stream" and value:
        return dict(zip(("mode", "kms_key_id"), value.split(" ")))
    return value


def can_be_unset(schema, kind, setting):
    node = schema["$defs"][kind + "_settings"]
    return "null" in json.dumps(node["properties"].get(
        setting, node["additionalProperties"]))


def rules_of(plan, which, stage):
    """What sets each change's `which`; `undone`, which a change gets here, is
    what a backout undoes."""
    rules, schema = [], json.loads(stage.aback("schema").stdout)
    for change in plan["changes"]:
        kind, name = split_address(change["address"])
        change["undone"] = (change["before"] if change["pending"] is None
                            else change["pending"])
        setting, value = change["setting"], change[which]
        if setting in ("exists", "pending_reboot") or (
                value is None and not can_be_unset(schema, kind, setting)):
            continue  # follows from the others
        other = "after" if which == "undone" else "undone"
        rule = {"match": {"kind": kind, "id": name},
                "set": {setting.partition("/")[0] if setting.startswith(
                    "tags/") else setting: wish(setting, value,
                                                change[other])}}
        if change["pending"] is not None:
            rule["when"] = "window"
        rules.append(rule)
    return rules
