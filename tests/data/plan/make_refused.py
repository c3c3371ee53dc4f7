#!/usr/bin/env python3
"""Write v1/refused/<ERR_CODE>-<what>.<ext>: plans that must be refused.

Each is an accepted plan, changed. With seal(), the id is made right again, as
somebody who knows how it is computed could do.
"""
import copy
import hashlib
import json
import os

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "v1")


def text(plan):
    return json.dumps(plan, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def seal(plan):
    plan["id"] = ""
    plan["id"] = "sha256:" + hashlib.sha256(text(plan).encode()).hexdigest()
    return plan


def accepted(name):
    with open(f"{HERE}/accepted/{name}.json", encoding="utf-8") as file:
        return json.load(file)


def write(name, data):
    if isinstance(data, dict):
        data = text(data)
    if isinstance(data, str):
        data = data.encode()
    with open(f"{HERE}/refused/{name}", "wb") as file:
        file.write(data)


def step_of(plan, address, parameter):
    for step in plan["steps"]:
        if step["address"] == address and parameter in step["parameters"]:
            return step
    raise KeyError(parameter)


def change_of(plan, setting):
    for change in plan["changes"]:
        if change["setting"] == setting:
            return change
    raise KeyError(setting)


def sealed(name, what, base="everything"):
    plan = copy.deepcopy(accepted(base))
    what(plan)
    write(name + ".json", seal(plan))


def main():
    os.makedirs(f"{HERE}/refused", exist_ok=True)
    one = accepted("one-setting")
    bytes_of_one = text(one).encode()

    # what it is
    write("ERR_FORMAT-empty.json", b"")
    write("ERR_FORMAT-blank.json", b"\n\n")
    write("ERR_FORMAT-truncated.json", bytes_of_one[: len(bytes_of_one) // 2])
    write("ERR_FORMAT-trailing.json", bytes_of_one + b"{}\n")
    write("ERR_FORMAT-binary.json", bytes(range(256)))
    write("ERR_FORMAT-nul.json", bytes_of_one.replace(b"orders", b"ord\0rs"))
    write("ERR_FORMAT-escaped-nul.json",
          bytes_of_one.replace(b"orders", b"ord\\u0000rs"))
    write("ERR_FORMAT-latin1.json", bytes_of_one.replace(b"every", b"\xe9v"))
    write("ERR_FORMAT-deep.json", b"[" * 100000)
    write("ERR_FORMAT-yaml.json", b"version: 1\nrules: []\n")
    write("ERR_FORMAT-array.json", b"[]\n")
    write("ERR_FORMAT-duplicate-key.json",
          bytes_of_one.replace(b'  "kind": "apply",',
                               b'  "kind": "apply",\n  "kind": "apply",'))
    write("ERR_FORMAT-fraction.json",
          bytes_of_one.replace(b'"line": 12', b'"line": 12.5'))
    sealed("ERR_FORMAT-newer-format",
           lambda p: p.update(format="aback-plan/2"))
    sealed("ERR_FORMAT-other-format",
           lambda p: p.update(format="aback-result/1"))
    sealed("ERR_FORMAT-unknown-member", lambda p: p.update(extra=1))
    sealed("ERR_FORMAT-unknown-member-of-step",
           lambda p: p["steps"][0].update(extra="x"))
    sealed("ERR_FORMAT-missing-member", lambda p: p.pop("held"))
    sealed("ERR_FORMAT-unknown-kind", lambda p: p.update(kind="destroy"))
    sealed("ERR_FORMAT-changes-is-an-object", lambda p: p.update(changes={}))
    sealed("ERR_FORMAT-step-is-a-string",
           lambda p: p.update(steps=["rds:ModifyDBCluster"]))
    sealed("ERR_FORMAT-parameter-is-a-number",
           lambda p: p["steps"][-1]["parameters"].update(ApplyImmediately=1))
    sealed("ERR_FORMAT-value-is-nested",
           lambda p: p["changes"][0].update(before=[[1]]))
    sealed("ERR_FORMAT-account-is-short",
           lambda p: p["targets"][0].update(account_id="123"))
    sealed("ERR_FORMAT-created-at-is-no-moment",
           lambda p: p.update(created_at="yesterday"))
    sealed("ERR_FORMAT-index-is-a-string",
           lambda p: p["changes"][0].update(steps=["0"]))

    # as it was written?
    write("ERR_EDITED-another-value.json",
          bytes_of_one.replace(b'"after": true', b'"after": false'))
    write("ERR_EDITED-another-id.json",
          dict(one, id="sha256:" + "0" * 64))
    write("ERR_EDITED-no-digest.json", dict(one, id=""))
    write("ERR_EDITED-reindented.json",
          json.dumps(one, indent=4, sort_keys=True) + "\n")
    write("ERR_EDITED-compact.json", json.dumps(one, sort_keys=True))
    write("ERR_EDITED-crlf.json", bytes_of_one.replace(b"\n", b"\r\n"))
    write("ERR_EDITED-no-newline.json", bytes_of_one.rstrip(b"\n"))
    write("ERR_EDITED-escaped-text.json",
          bytes_of_one.replace(b"every", b"\\u0065very"))

    # does it hang together? (all with a digest that is right)
    def hide_parameter(plan):
        step_of(plan, "cluster/orders", "DeletionProtection")["parameters"][
            "CopyTagsToSnapshot"] = "true"

    def hide_identifier(plan):
        step_of(plan, "cluster/orders", "DeletionProtection")["parameters"][
            "DBClusterIdentifier"] = "payments"

    def hide_value(plan):
        step_of(plan, "cluster/orders", "BackupRetentionPeriod")["parameters"][
            "BackupRetentionPeriod"] = "1"

    def hide_in_backout(plan):
        step_of(plan, "cluster/orders", "DeletionProtection")["backout"][
            "parameters"]["Port"] = "1"

    def other_call(plan):
        step_of(plan, "cluster/orders", "DeletionProtection")[
            "call"] = "rds:DeleteDBCluster"

    def step_of_nothing(plan):
        plan["steps"].append(dict(copy.deepcopy(plan["steps"][-1]),
                                  index=len(plan["steps"])))

    def two_for_one(plan):
        # one change dropped: its step is then named by nothing
        plan["changes"].remove(change_of(plan, "port"))

    def no_steps(plan):
        plan["changes"][0]["steps"] = []

    def wrong_step(plan):
        change_of(plan, "deletion_protection")["steps"] = [
            change_of(plan, "port")["steps"][0]]

    def no_consent(plan):
        change_of(plan, "port")["consent"] = []

    def cheaper(plan):
        change_of(plan, "port")["reversibility"] = "reversible"

    def twice(plan):
        plan["changes"].insert(0, copy.deepcopy(plan["changes"][0]))

    def out_of_order(plan):
        plan["changes"].reverse()

    def needs_cycle(plan):
        plan["steps"][0]["needs"] = [0]

    def needs_gone(plan):
        needing = next(s for s in plan["steps"] if s["needs"])
        needing["needs"] = []

    def index_far(plan):
        plan["changes"][0]["steps"] = [999]

    def index_negative(plan):
        plan["changes"][0]["steps"] = [-1]

    def index_lies(plan):
        plan["steps"][0]["index"] = 3

    def fixed(plan):
        change_of(plan, "deletion_protection")["setting"] = "storage_encrypted"

    def elsewhere(plan):
        for item in plan["changes"] + plan["steps"]:
            if item["target"] == "prod":
                item["target"] = "staging"

    def companion_lies(plan):
        step = next(s for s in plan["steps"] if s["companions"])
        step["companions"] = {
            "monitoring_role_arn": "arn:aws:iam::123456789012:role/other"}

    def companion_gone(plan):
        next(s for s in plan["steps"] if s["companions"])["companions"] = {}

    def two_ids(plan):
        change_of(plan, "port")["resource_id"] = "cluster-other"

    def to_itself(plan):
        change_of(plan, "deletion_protection")["before"] = True

    def bad_value(plan):
        change_of(plan, "backup_retention_period")["after"] = 99

    def member_twice(plan):
        change_of(plan, "enabled_cloudwatch_logs_exports")["after"] = [
            "audit", "audit"]

    def apply_as_backout(plan):
        plan["kind"] = "backout"
        plan["desired"] = None

    def no_desired(plan):
        plan["desired"] = None

    def restore(plan):
        plan["kind"] = "restore"

    def reverses(plan):
        plan["reverses"] = "20261124T021530Z-a1b2c3"

    for name, what in sorted(locals().copy().items()):
        if callable(what):
            sealed("ERR_EDITED-sealed-" + name.replace("_", "-"), what)

    sealed("ERR_UNKNOWN_SETTING-sealed",
           lambda p: change_of(p, "port").update(setting="prot"))
    sealed("ERR_USAGE-unknown-kind-of-resource",
           lambda p: p["changes"][0].update(address="bucket/x"))


main()
