"""The simulator's fleet of a plan: its values, and what they cannot be without.

What a plan names has the value that the plan saw. What it does not name, but
needs, such as the cluster of an instance or the role that is attached, gets
one that is believable.
"""
from .engines import Engines, GROUP_KINDS
from .kinds import (KINDS, MONITORING_POLICY, CannotRehearse, kind_of,
                    split_address, trust)

# What a desired file's own account may assume.
ROLE = "aback-rehearsal"


def hours(window):
    """The hours of a day that a window touches: "02:00-02:30" is in 2."""
    first, last = (int(time.split(":")[-2]) for time in window.split("-"))
    return {(first + hour) % 24 for hour in range((last - first) % 24 + 1)}


class Place:
    """An account and region: its part of the fleet."""

    def __init__(self, account, region):
        self.account, self.region = account, region
        self.account_id = account["account_id"]
        self.items = account if region == "global" else {"region": region}

    def all(self, kind):
        return self.items.setdefault(KINDS[kind].where, [])

    def find(self, kind, name):
        wanted = KINDS[kind].names(name)
        return next((item for item in self.all(kind)
                     if item.items() >= wanted.items()), None)

    def get(self, kind, name):
        """The item, which is made where there is none."""
        item = self.find(kind, name)
        if item is None:
            item = KINDS[kind].names(name)
            self.all(kind).append(item)
        return item


class Fleet:
    def __init__(self, plan, which, engine_rows):
        self.plan, self.which = plan, which
        self.accounts, self.places, self.policies = {}, {}, set()
        self.engines = Engines(engine_rows)
        self.absent = {
            (change["target"], change["address"]) for change in plan["changes"]
            if change["setting"] == "exists" and change[which] is not True}
        for target in plan["targets"]:
            self.place(target["name"])
        for change in plan["changes"]:
            self.engines.learn(change)
        self.seed()
        self.complete()

    # ---- places --------------------------------------------------------

    def account(self, account_id):
        return self.accounts.setdefault(account_id, {
            "account_id": account_id, "regions": [],
            "roles": [{"RoleName": ROLE, "AssumeRolePolicyDocument": trust(
                {"AWS": "arn:aws:iam::123456789012:root"})}]})

    def place(self, target):
        """The region of a target; the account of a global place."""
        if target not in self.places:
            if target.endswith("/global"):
                account = self.account(target.split("/")[0])
                self.places[target] = Place(account, "global")
            else:
                of = next(entry for entry in self.plan["targets"]
                          if entry["name"] == target)
                account = self.account(of["account_id"])
                self.places[target] = Place(account, of["region"])
                account["regions"].append(self.places[target].items)
        return self.places[target]

    def role(self, arn, service=None, policies=()):
        """A role that is named by something is there."""
        account = self.account(arn.split(":")[4])
        name = arn.split("/")[-1]
        path = arn.split(":role")[-1][:-len(name)]
        role = next((role for role in account["roles"]
                     if role["RoleName"] == name), None)
        if role is None:
            role = {"RoleName": name, "Path": path}
            account["roles"].append(role)
        if service:
            role.setdefault("AssumeRolePolicyDocument", trust(
                {"Service": service + ".amazonaws.com"}))
        if policies:
            role.setdefault("AttachedPolicies", list(policies))

    # ---- the plan's values ---------------------------------------------

    def seed(self):
        for change in self.plan["changes"]:
            self.seed_change(change)
        for step in self.plan["steps"]:
            if (step["target"], step["address"]) in self.absent:
                continue
            for setting, value in step["companions"].items():
                self.mention(dict(step, setting=setting), value)
                self.put(step, setting, value)

    def seed_change(self, change):
        kind = kind_of(change["address"])
        for when in ("before", "after"):
            self.mention(change, change[when])
        if (change["target"], change["address"]) in self.absent:
            return
        item = self.item(change)
        if kind.kind == "iam_policy":
            kind.facts(item, change["facts"])
        if change.get("facts", {}).get("serverless_v1"):
            item["EngineMode"] = "serverless"
        if kind.kind == "instance" and change["setting"] == (
                "pending_reboot") and change["via"]:
            return self.put(change, "pending_reboot", False)
        return self.put(change, change["setting"], change[self.which])

    def item(self, change):
        kind = kind_of(change["address"])
        item = self.place(change["target"]).get(
            kind.kind, split_address(change["address"])[1])
        if kind.id_key and change["resource_id"]:
            item[kind.id_key] = change["resource_id"]
        return item

    def put(self, change, setting, value):
        item = self.item(change)
        if setting != "exists":
            kind_of(change["address"]).seed(
                self.place(change["target"]), item, setting, value)

    def mention(self, change, value):
        """What a value names has to be there before it can be set."""
        setting, place = change["setting"], self.place(change["target"])
        if not value:
            return
        if setting == "managed_policy_arns":
            for arn in value:
                self.policy(arn)
        elif setting == "permissions_boundary":
            self.policy(value)
        elif setting == "monitoring_role_arn":
            self.role(value, "monitoring.rds", [MONITORING_POLICY])
        elif setting == "domain_iam_role_name":
            self.role(f"arn:aws:iam::{place.account_id}:role/{value}", "rds")
        elif setting == "associated_roles":
            for text in value:
                self.role(text.split(" ")[0], "rds")
        elif setting == "database_activity_stream":
            self.key(place, value.split(" ")[1])
        elif setting.endswith("kms_key_id"):
            self.key(place, value)
        elif setting == "source_ids":
            self.sources(change, value)
        elif setting == "vpc_security_group_ids":
            for group in value:
                place.get("security_group", group)
        elif setting in ("ingress", "egress"):
            for rule in value:
                group = rule.get("referenced_group_id", "/")
                if "/" not in group:
                    place.get("security_group", group)

    def policy(self, arn):
        """AWS's, or one of the account's own."""
        account_id = arn.split(":")[4]
        if account_id == "aws":
            self.policies.add(arn)
        else:
            self.place(f"{account_id}/global").get(
                "iam_policy", arn.split(":policy/")[1])

    @staticmethod
    def key(place, arn):
        if ":key/" in arn:
            place.get("kms_key", arn.split(":key/")[1])

    def sources(self, change, ids):
        """What an event subscription is about, of its type."""
        place = self.place(change["target"])
        of = {"db-cluster": "cluster", "db-instance": "instance",
              "db-cluster-snapshot": "cluster_snapshot"}
        kinds = {of.get(value) for other in self.plan["changes"]
                 if other["address"] == change["address"]
                 and other["setting"] == "source_type"
                 for value in (other["before"], other["after"])}
        kinds |= {of.get(step["companions"]["source_type"])
                  for step in self.plan["steps"]
                  if step["address"] == change["address"]
                  and "source_type" in step["companions"]}
        for kind in sorted(kinds - {None}) or ["cluster"]:
            for name in ids:
                place.get(kind, name)
        if not any(kinds):
            self.put(change, "source_type", "db-cluster")

    # ---- what it cannot be without -------------------------------------

    def complete(self):
        for target, place in list(self.places.items()):
            if place.region != "global":
                self.members(target, place)
                self.groups(target, place)
                self.versions(target, place)
                self.exports(target, place)
                for cluster in place.all("cluster"):
                    self.windows(target, cluster)
            for kind in KINDS.values():
                for item in place.items.get(kind.where, []):
                    kind.complete(place, item)

    def facts_of(self, target, name):
        for change in self.plan["changes"]:
            if (change["target"], change["address"]) == (
                    target, f"instance/{name}") and change.get("facts"):
                yield change["facts"]

    def members(self, target, place):
        """Each instance has its cluster, and each cluster a member."""
        after = {}
        for instance in list(place.all("instance")):
            name, owner = instance["DBInstanceIdentifier"], None
            for facts in self.facts_of(target, name):
                owner = facts.get("cluster", owner)
                after[name] = facts.get("reboots_after", after.get(name, []))
                if facts.get("cluster_parameter_group"):
                    place.get("cluster", owner).setdefault(
                        "DBClusterParameterGroup",
                        facts["cluster_parameter_group"])
                if facts.get("instance_parameter_group"):
                    KINDS["instance"].group(instance).setdefault(
                        "DBParameterGroupName",
                        facts["instance_parameter_group"])
            self.join(target, place, instance, owner)
        for name, others in after.items():
            owner = place.find("instance", name)["DBClusterIdentifier"]
            for other in others:
                self.join(target, place, place.get("instance", other), owner)
        for cluster in place.all("cluster"):
            self.member_list(place, cluster, after)

    def join(self, target, place, instance, owner):
        if "DBClusterIdentifier" in instance:
            return
        name = instance["DBInstanceIdentifier"]
        if not owner:
            owner = next((cluster["DBClusterIdentifier"]
                          for cluster in place.all("cluster") if
                          name.startswith(cluster["DBClusterIdentifier"])),
                         name.rpartition("-")[0] or "rehearsal")
        place.get("cluster", owner)
        instance["DBClusterIdentifier"] = owner
        self.engines.join((target, "instance", name),
                          (target, "cluster", owner))

    @staticmethod
    def member_list(place, cluster, after):
        """The writer is the one that is rebooted behind all others."""
        owner = cluster["DBClusterIdentifier"]
        names = [instance["DBInstanceIdentifier"]
                 for instance in place.all("instance")
                 if instance["DBClusterIdentifier"] == owner]
        if not names:
            names = [owner + "-1"]
            place.get("instance", names[0])["DBClusterIdentifier"] = owner
        names.sort(key=lambda name: -len(after.get(name, [])))
        cluster["DBClusterMembers"] = [
            {"DBInstanceIdentifier": name, "IsClusterWriter": name == names[0],
             "DBClusterParameterGroupStatus": "in-sync",
             "PromotionTier": place.find("instance", name).get("PromotionTier",
                                                               1)}
            for name in names]

    def groups(self, target, place):
        """Groups that a change associates are there, of the right family."""
        for change in self.plan["changes"]:
            group = {"db_cluster_parameter_group_name":
                     "cluster_parameter_group",
                     "db_parameter_group_name": "instance_parameter_group"
                     }.get(change["setting"])
            if not group or change["target"] != target:
                continue
            for value in (change["before"], change["after"]):
                made = (target, f"{group}/{value}") in self.absent
                if value and not value.startswith("default.") and not made:
                    place.get(group, value)
        for kind in GROUP_KINDS:
            for group in place.all(kind):
                key = (target, kind, group[KINDS[kind].name_key])
                group.setdefault("DBParameterGroupFamily",
                                 self.engines.row(key)["family"])

    def versions(self, target, place):
        for cluster in place.all("cluster"):
            row = self.engines.row(
                (target, "cluster", cluster["DBClusterIdentifier"]))
            cluster["Engine"] = row["engine"]
            cluster.setdefault("EngineVersion", row["version"])
        for instance in place.all("instance"):
            group = KINDS["instance"].group(instance)
            if "DBParameterGroupName" not in group:
                if group["ParameterApplyStatus"] == "in-sync":
                    del instance["DBParameterGroups"]
                else:
                    row = self.engines.row((target, "cluster",
                                            instance["DBClusterIdentifier"]))
                    group["DBParameterGroupName"] = "default." + row["family"]

    def values(self, target, address, setting):
        """What a plan makes of a setting: both values."""
        return [value for change in self.plan["changes"]
                if (change["target"], change["address"], change["setting"])
                == (target, address, setting)
                for value in (change["before"], change["after"]) if value]

    def windows(self, target, cluster):
        """Backups are not made while there is maintenance."""
        address = "cluster/" + cluster["DBClusterIdentifier"]
        taken = {hour for setting in ("preferred_backup_window",
                                      "preferred_maintenance_window")
                 for window in self.values(target, address, setting)
                 for hour in hours(window)}
        free = [hour for hour in range(23) if hour not in taken]
        for member, form in (("PreferredBackupWindow", "{0:02}:00-{0:02}:30"),
                             ("PreferredMaintenanceWindow",
                              "sun:{0:02}:00-sun:{0:02}:30")):
            if member not in cluster:
                cluster[member] = form.format(free.pop())

    def exports(self, target, place):
        """AWS makes log groups with the first export, and leaves them."""
        for cluster in place.all("cluster"):
            name = cluster["DBClusterIdentifier"]
            logs = set(cluster.get("EnabledCloudwatchLogsExports") or [])
            for value in self.values(target, f"cluster/{name}",
                                     "enabled_cloudwatch_logs_exports"):
                logs |= set(value)
            for log in sorted(logs):
                group = f"/aws/rds/cluster/{name}/{log}"
                if (target, "log_group/" + group.replace("/", "%2F")) not in (
                        self.absent):
                    place.get("log_group", group)

    def json(self):
        return {"format": "aback-fleet/1",
                "aws_policies": sorted(self.policies),
                "accounts": list(self.accounts.values())}


def look(live, plan, change):
    """What the simulator has for a change's setting; None: no resource."""
    kind, (_, name) = kind_of(change["address"]), split_address(
        change["address"])
    account_id, region = change["target"].split("/")[0], "global"
    for target in plan["targets"]:
        if target["name"] == change["target"]:
            account_id, region = target["account_id"], target["region"]
    account = next((account for account in live["accounts"]
                    if account["account_id"] == account_id), None)
    if account is None:
        raise CannotRehearse(f"there is no account {account_id}")
    parts = [account] if region == "global" else [
        part for part in account["regions"] if part["region"] == region]
    names = kind.names(name)
    for part in parts:
        for item in part.get(kind.where, []):
            if item.items() >= names.items():
                return (True if change["setting"] == "exists"
                        else kind.look(item, change["setting"]))
    return False if change["setting"] == "exists" else None
