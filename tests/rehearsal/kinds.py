"""What each kind is in the simulator's fleet.

A kind says in which list of the fleet it is and what it goes by there, puts a
plan's value of a setting into it, and reads that value out again. Values are a
plan's, fleets are AWS's: everything that is spelled differently in the two is
here and nowhere else.
"""
import json
import re
from urllib.parse import unquote

# What roles have to have for what they are given to.
MONITORING_POLICY = ("arn:aws:iam::aws:policy/service-role/"
                     "AmazonRDSEnhancedMonitoringRole")


class CannotRehearse(Exception):
    """The plan has something that no fleet can be made of."""


def trust(principal):
    return {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": principal}]}


def camel(setting, names):
    return names.get(setting) or "".join(
        part.capitalize() for part in setting.split("_"))


def split_address(address):
    kind, _, name = address.partition("/")
    return kind, unquote(name)


def tag_list(tags):
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def tag_map(tags):
    return {tag["Key"]: tag["Value"] for tag in tags or []}


def put(item, member, value):
    """null, in a fleet, is a member that is not there."""
    if value is None:
        item.pop(member, None)
    else:
        item[member] = value


class Kind:
    """A kind whose settings are members under AWS's names."""
    where = name_key = None
    id_key = None       # AWS's id that never comes again, where it has one
    members = {}        # setting: member that is not its name in capitals
    plain = frozenset()

    def __init__(self, kind):
        self.kind = kind

    def names(self, name):
        """What identifies it in its list."""
        return {self.name_key: name}

    def refuse(self, setting):
        raise CannotRehearse(f"no fleet can be made with {setting} of a "
                             f"{self.kind}")

    def member(self, setting):
        if setting in self.members:
            return self.members[setting]
        if setting not in self.plain:
            self.refuse(setting)
        return camel(setting, {})

    def seed(self, place, item, setting, value):
        put(item, self.member(setting), value)

    def look(self, item, setting):
        return item.get(self.member(setting))

    def complete(self, place, item):
        """What it cannot be without, and no setting says."""


class Tagged(Kind):
    """RDS's clusters and instances carry their tags."""

    def seed(self, place, item, setting, value):
        if setting.startswith("tags"):
            tags = tag_map(item.get("TagList"))
            key = setting.partition("/")[2]
            given = {key: value} if key else value or {}
            tags.update(given)
            item["TagList"] = tag_list({key: text for key, text in tags.items()
                                        if text is not None})
        else:
            super().seed(place, item, setting, value)

    def look(self, item, setting):
        if setting.startswith("tags"):
            tags, key = tag_map(item.get("TagList")), setting.partition("/")[2]
            return tags.get(key) if key else tags
        return super().look(item, setting)


class Cluster(Tagged):
    where, name_key = "clusters", "DBClusterIdentifier"
    id_key = "DbClusterResourceId"
    members = {
        "iam_database_authentication_enabled":
            "IAMDatabaseAuthenticationEnabled",
        "performance_insights_kms_key_id": "PerformanceInsightsKMSKeyId",
        "db_cluster_parameter_group_name": "DBClusterParameterGroup",
    }
    DOMAIN = {"domain": "Domain", "domain_iam_role_name": "IAMRoleName"}
    plain = {
        "backtrack_window", "backup_retention_period", "copy_tags_to_snapshot",
        "database_insights_mode", "deletion_protection", "engine_version",
        "enabled_cloudwatch_logs_exports", "http_endpoint_enabled",
        "network_type", "performance_insights_enabled",
        "performance_insights_retention_period", "port",
        "preferred_backup_window", "preferred_maintenance_window",
    }

    def seed(self, place, item, setting, value):
        if setting == "vpc_security_group_ids":
            item["VpcSecurityGroups"] = [
                {"VpcSecurityGroupId": group, "Status": "active"}
                for group in value or []]
        elif setting == "associated_roles":
            item["AssociatedRoles"] = [
                self.association(text) for text in value or []]
        elif setting == "database_activity_stream":
            self.seed_stream(item, value)
        elif setting in self.DOMAIN:
            if value:
                self.domain(item)[self.DOMAIN[setting]] = value
        elif setting == "manage_master_user_password":
            if value:
                self.secret(place, item)
        elif setting == "master_user_secret_kms_key_id":
            if value:
                self.secret(place, item)["KmsKeyId"] = value
        else:
            super().seed(place, item, setting, value)

    def complete(self, place, item):
        if item.get("PerformanceInsightsEnabled"):
            item.setdefault("PerformanceInsightsRetentionPeriod", 7)
            item.setdefault(
                "PerformanceInsightsKMSKeyId", f"arn:aws:kms:{place.region}:"
                f"{place.account_id}:key/0f2b7c1e-3a64-4d0e-9d5c-7a1f4be0a001")

    @staticmethod
    def association(text):
        arn, _, feature = text.partition(" ")
        return {"RoleArn": arn, "Status": "ACTIVE",
                **({"FeatureName": feature} if feature else {})}

    @staticmethod
    def seed_stream(item, value):
        if value:
            mode, _, key = value.partition(" ")
            item.update({
                "ActivityStreamStatus": "started", "ActivityStreamMode": mode,
                "ActivityStreamKmsKeyId": key,
                "ActivityStreamKinesisStreamName": "aws-rds-das-rehearsal"})

    @staticmethod
    def domain(item):
        return item.setdefault("DomainMemberships", [{"Status": "joined"}])[0]

    @staticmethod
    def secret(place, item):
        return item.setdefault("MasterUserSecret", {
            "SecretStatus": "active", "SecretArn":
            f"arn:aws:secretsmanager:{place.region}:{place.account_id}:secret:"
            f"rds!cluster-{item['DBClusterIdentifier']}"})

    def look(self, item, setting):
        if setting == "vpc_security_group_ids":
            return [group["VpcSecurityGroupId"]
                    for group in item.get("VpcSecurityGroups", [])]
        if setting == "associated_roles":
            return [" ".join(filter(None, (role["RoleArn"],
                                           role.get("FeatureName"))))
                    for role in item.get("AssociatedRoles") or []]
        if setting == "database_activity_stream":
            return (f"{item['ActivityStreamMode']} "
                    f"{item['ActivityStreamKmsKeyId']}"
                    if item.get("ActivityStreamStatus") == "started" else None)
        if setting in self.DOMAIN:
            joined = item.get("DomainMemberships") or [{}]
            return joined[0].get(self.DOMAIN[setting])
        if setting == "manage_master_user_password":
            return bool(item.get("MasterUserSecret"))
        if setting == "master_user_secret_kms_key_id":
            return (item.get("MasterUserSecret") or {}).get("KmsKeyId")
        return super().look(item, setting)


class Instance(Tagged):
    where, name_key = "instances", "DBInstanceIdentifier"
    id_key = "DbiResourceId"
    members = {"ca_certificate_identifier": "CACertificateIdentifier"}
    plain = {
        "auto_minor_version_upgrade", "monitoring_interval",
        "monitoring_role_arn", "preferred_maintenance_window",
        "promotion_tier", "publicly_accessible",
    }

    def complete(self, place, item):
        """What it shows of its cluster."""
        cluster = place.find("cluster", item["DBClusterIdentifier"])
        for member in ("PerformanceInsightsEnabled",
                       "PerformanceInsightsRetentionPeriod",
                       "PerformanceInsightsKMSKeyId"):
            if member in cluster:
                item[member] = cluster[member]

    @staticmethod
    def group(item):
        return item.setdefault("DBParameterGroups", [
            {"ParameterApplyStatus": "in-sync"}])[0]

    def seed(self, place, item, setting, value):
        if setting == "db_parameter_group_name":
            self.group(item)["DBParameterGroupName"] = value
        elif setting == "pending_reboot":
            self.group(item)["ParameterApplyStatus"] = (
                "pending-reboot" if value else "in-sync")
        else:
            super().seed(place, item, setting, value)

    def look(self, item, setting):
        if setting == "db_parameter_group_name":
            return self.group(item)["DBParameterGroupName"]
        if setting == "pending_reboot":
            return self.group(item)["ParameterApplyStatus"] == "pending-reboot"
        return super().look(item, setting)


class ParameterGroup(Kind):
    members = {"family": "DBParameterGroupFamily", "description": "Description"}

    def __init__(self, kind, where, name_key):
        super().__init__(kind)
        self.where, self.name_key = where, name_key

    def seed(self, place, item, setting, value):
        if setting in self.members:
            super().seed(place, item, setting, value)
        else:
            put(item.setdefault("Parameters", {}), setting, value)

    def look(self, item, setting):
        if setting in self.members:
            return super().look(item, setting)
        held = item.get("Parameters", {}).get(setting)
        return held["ParameterValue"] if isinstance(held, dict) else held


class SecurityGroup(Kind):
    where, name_key = "vpc_security_groups", "GroupId"
    MEMBERS = {"ip_protocol": "IpProtocol", "from_port": "FromPort",
               "to_port": "ToPort", "cidr_ipv4": "CidrIpv4",
               "cidr_ipv6": "CidrIpv6", "prefix_list_id": "PrefixListId",
               "description": "Description", "rule_id": "SecurityGroupRuleId"}

    def seed(self, place, item, setting, value):
        if setting not in ("ingress", "egress"):
            self.refuse(setting)
        egress = setting == "egress"
        rules = [rule for rule in item.get("rules", self.usual())
                 if rule["IsEgress"] != egress]
        item["rules"] = rules + [self.rule(entry, egress)
                                 for entry in value or []]

    @staticmethod
    def usual():
        return [{"IsEgress": True, "IpProtocol": "-1",
                 "CidrIpv4": "0.0.0.0/0"}]

    def rule(self, entry, egress):
        rule = {self.MEMBERS[key]: value for key, value in entry.items()
                if key in self.MEMBERS}
        rule["IsEgress"] = egress
        if "referenced_group_id" in entry:
            user, _, group = entry["referenced_group_id"].rpartition("/")
            rule["ReferencedGroupInfo"] = {
                "GroupId": group, **({"UserId": user} if user else {})}
        if "tags" in entry:
            rule["Tags"] = tag_list(entry["tags"])
        return rule

    def look(self, item, setting):
        return [self.entry(rule, item.get("OwnerId"))
                for rule in item["rules"]
                if rule["IsEgress"] == (setting == "egress")]

    def entry(self, rule, owner):
        """Without its id, which is another one after each authorisation."""
        entry = {key: rule[member] for key, member in self.MEMBERS.items()
                 if rule.get(member) is not None and key != "rule_id"}
        if rule["IpProtocol"] == "-1":
            del entry["from_port"], entry["to_port"]
        if "ReferencedGroupInfo" in rule:
            info = rule["ReferencedGroupInfo"]
            entry["referenced_group_id"] = "/".join(
                ([info["UserId"]] if info["UserId"] != owner else [])
                + [info["GroupId"]])
        if rule.get("Tags"):
            entry["tags"] = tag_map(rule["Tags"])
        return entry


class Role(Kind):
    where, name_key, id_key = "roles", "RoleName", "RoleId"
    members = {"managed_policy_arns": "AttachedPolicies",
               "assume_role_policy": "AssumeRolePolicyDocument",
               "inline_policies": "InlinePolicies"}
    plain = {"max_session_duration", "description"}

    def seed(self, place, item, setting, value):
        if setting == "tags":
            item["Tags"] = tag_list(value or {})
        elif setting == "permissions_boundary":
            if value:
                item["PermissionsBoundary"] = {
                    "PermissionsBoundaryType": "Policy",
                    "PermissionsBoundaryArn": value}
        else:
            super().seed(place, item, setting, value)

    def look(self, item, setting):
        if setting == "tags":
            return tag_map(item.get("Tags"))
        if setting == "permissions_boundary":
            return (item.get("PermissionsBoundary") or {}).get(
                "PermissionsBoundaryArn")
        return super().look(item, setting)


class Policy(Kind):
    where, name_key, id_key = "policies", "PolicyName", None

    def names(self, name):
        path, _, name = name.rpartition("/")
        return {"PolicyName": name, "Path": f"/{path}/" if path else "/"}

    def seed(self, place, item, setting, value):
        """`value` is made again among the versions that facts have."""
        versions = item.setdefault("Versions", [])
        default = [version for version in versions
                   if version["Document"] == value]
        if not default:
            number = 1 + max((int(version["VersionId"][1:])
                              for version in versions), default=0)
            default = [{"VersionId": f"v{number}", "Document": value}]
            versions.insert(0, default[0])
        item["DefaultVersionId"] = default[0]["VersionId"]

    def facts(self, item, facts):
        item["PolicyId"] = facts["policy_id"]
        item["Versions"] = [
            {"VersionId": version, "Document": document}
            for version, document in sorted(
                facts["versions"].items(), reverse=True,
                key=lambda entry: int(entry[0][1:]))]

    def look(self, item, setting):
        return next(version["Document"] for version in item["Versions"]
                    if version["VersionId"] == item["DefaultVersionId"])


class LogGroup(Kind):
    where, name_key = "log_groups", "logGroupName"
    members = {"retention_in_days": "retentionInDays", "kms_key_id": "kmsKeyId",
               "deletion_protection": "deletionProtectionEnabled"}

    def seed(self, place, item, setting, value):
        super().seed(place, item, setting, None if value == "never" else value)

    def look(self, item, setting):
        value = super().look(item, setting)
        return value or "never" if setting == "retention_in_days" else value


class Key(Kind):
    where, name_key = "kms_keys", "KeyId"
    members = {"rotation_enabled": "KeyRotationEnabled",
               "rotation_period_days": "RotationPeriodInDays"}

    def complete(self, place, item):
        if item.get("RotationPeriodInDays"):
            item.setdefault("KeyRotationEnabled", True)

    def look(self, item, setting):
        if setting == "rotation_period_days" and (
                not item.get("KeyRotationEnabled")):
            return None
        return super().look(item, setting)


class Snapshot(Kind):
    where, name_key = "db_cluster_snapshots", "DBClusterSnapshotIdentifier"

    def complete(self, place, item):
        item.setdefault("DBClusterIdentifier", "rehearsal")
        item["SnapshotType"] = "manual"

    def seed(self, place, item, setting, value):
        shared = [who for who in item.get("restore", [])
                  if (who == "all") != (setting == "public")]
        if setting == "public":
            shared += ["all"] if value else []
        elif setting == "shared_with":
            shared += value or []
        else:
            self.refuse(setting)
        item["restore"] = shared

    def look(self, item, setting):
        if setting == "public":
            return "all" in item["restore"]
        return [who for who in item["restore"] if who != "all"]


class Subscription(Kind):
    where, name_key = "event_subscriptions", "CustSubscriptionId"
    members = {"source_ids": "SourceIdsList",
               "event_categories": "EventCategoriesList"}
    plain = {"enabled", "sns_topic_arn", "source_type"}
    TOPIC = "SnsTopicArn"

    def complete(self, place, item):
        item.setdefault(self.TOPIC, f"arn:aws:sns:{place.region}:"
                        f"{place.account_id}:rehearsal")


KINDS = {kind.kind: kind for kind in (
    Cluster("cluster"), Instance("instance"),
    ParameterGroup("cluster_parameter_group", "db_cluster_parameter_groups",
                   "DBClusterParameterGroupName"),
    ParameterGroup("instance_parameter_group", "db_parameter_groups",
                   "DBParameterGroupName"),
    SecurityGroup("security_group"), Role("iam_role"), Policy("iam_policy"),
    LogGroup("log_group"), Key("kms_key"), Snapshot("cluster_snapshot"),
    Subscription("event_subscription"))}


def kind_of(address):
    kind = split_address(address)[0]
    if kind not in KINDS:
        raise CannotRehearse(f"no fleet can be made with a {kind}")
    return KINDS[kind]


def as_text(value):
    return json.dumps(value, sort_keys=True)


def same_document(value):
    """IAM reads one of a kind as a list, true as a text, and an account as
    its root."""
    if isinstance(value, dict):
        return {key: same_document(entry) for key, entry in value.items()
                if key != "rule_id"}
    if isinstance(value, list):
        return (same_document(value[0]) if len(value) == 1 else
                sorted((same_document(entry) for entry in value), key=as_text))
    if isinstance(value, str) and re.fullmatch("[0-9]{12}", value):
        return f"arn:aws:iam::{value}:root"
    return str(value).lower() if isinstance(value, bool) else value


def flat(value):
    """A value as it is compared: sets in one order, without what AWS numbers,
    keys by their ids, and nothing as nothing."""
    if isinstance(value, dict):
        return same_document(value) or None
    if isinstance(value, list):
        return sorted((flat(entry) for entry in value), key=as_text)
    if isinstance(value, str):
        return re.sub(r"arn:[^ ]*:key/", "", value) or None
    return value or None
