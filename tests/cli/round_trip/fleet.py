"""A random fleet of every kind, and what must be equal of two fleets.

A kind joins with a `fill_` function here, and makers of its values in wishes.py
where the schema alone does not say what is possible.
"""
import json
import random

import parameters

ACCOUNT, REGION = "123456789012", "eu-west-1"
KEY_IDS = [f"11111111-2222-3333-4444-55555555555{i}" for i in range(3)]
KEYS = [f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}" for key in KEY_IDS]
GROUPS = [f"sg-0a1c5e7f90b2d4a6{i}" for i in range(5)]
CAS = ["rds-ca-2019", "rds-ca-ecc384-g1", "rds-ca-rsa2048-g1",
       "rds-ca-rsa4096-g1"]
ROLES = ["rds-monitoring-role", "rds-monitoring-other"]
DIRECTORY_ROLES = ["rds-directory", "rds-directory-other"]
OTHER_ROLES = ["app"]
# what Aurora PostgreSQL takes roles for; Aurora MySQL takes them for nothing
FEATURES = {"s3-import": "s3Import", "s3-export": "s3Export",
            "functions": "Lambda"}
MONITORING = "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
OWN_POLICIES = ["own-0", "own-1", "own-2"]
POLICIES = [f"arn:aws:iam::{ACCOUNT}:policy/{name}" for name in OWN_POLICIES] + [
    "arn:aws:iam::aws:policy/AmazonS3FullAccess"]
OTHER_LOG_GROUPS = ["/aws/lambda/mine", "/aws/rds/cluster/orders/audit-2"]
RETENTIONS = [7, 31, 93, 465, 731]  # of Performance Insights
LOG_RETENTIONS = [1, 7, 30, 90, 400]
VERSIONS = {
    "aurora-mysql": ["5.7.mysql_aurora.2.11.5", "8.0.mysql_aurora.3.04.1",
                     "8.0.mysql_aurora.3.08.0"],
    "aurora-postgresql": ["13.12", "15.4", "16.4"],
}
LOGS = {"aurora-mysql": ["audit", "error", "general", "slowquery"],
        "aurora-postgresql": ["postgresql"]}
NEW_LOGS = ["iam-db-auth-error", "instance"]
OLD_VERSIONS = ["5.7.mysql_aurora.2.11.5", "13.12"]


def chance(percent):
    return random.randrange(100) < percent


def some(items, least=0):
    return random.sample(items, random.randint(least, len(items)))


def role_arn(name):
    return f"arn:aws:iam::{ACCOUNT}:role/{name}"


def family(cluster):
    version = cluster["EngineVersion"]
    if cluster["Engine"] == "aurora-mysql":
        return "aurora-mysql" + ".".join(version.split(".")[:2])
    return "aurora-postgresql" + version.split(".")[0]


def own_group(kind, family_name):
    return f"{kind}-" + family_name.replace(".", "-")


def family_of(group):
    """own_group the other way round."""
    name = group.split("-", 1)[1]
    return name[:-2] + "." + name[-1] if "mysql" in name else name


def role_members(engine):
    return [{"role_arn": role_arn(name),
             **({"feature_name": feature} if "postgres" in engine else {})}
            for name, feature in FEATURES.items()]


def daily():
    hour = random.randrange(0, 24, 2)
    return f"{hour:02}:00-{hour:02}:30"


def weekly():
    day = random.choice(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    hour = random.randrange(0, 22, 2)
    return f"{day}:{hour:02}:00-{day}:{hour:02}:45"


def document(service=None):
    """A policy document; of a trust policy where a service is named."""
    statement = {"Effect": "Allow"}
    if service:
        others = some(["lambda.amazonaws.com", "rds.amazonaws.com"])
        statement["Principal"] = {"Service": sorted({service, *others})}
        statement["Action"] = "sts:AssumeRole"
    else:
        statement["Action"] = sorted(
            some(["s3:GetObject", "s3:PutObject", "kms:Decrypt"], 1))
        statement["Resource"] = random.choice(
            ["*", "arn:aws:s3:::import/*", ["arn:aws:s3:::a", "arn:aws:s3:::b"]])
    return {"Version": "2012-10-17", "Statement": [statement]}


# ---- each kind --------------------------------------------------------------

def fill_insights(cluster, members):
    advanced = chance(20)
    insights = {"PerformanceInsightsEnabled": False}
    if advanced or chance(50):
        insights = {
            "PerformanceInsightsEnabled": True,
            "PerformanceInsightsRetentionPeriod":
                465 if advanced else random.choice(RETENTIONS),
            "PerformanceInsightsKMSKeyId": random.choice(KEYS),
        }
    cluster["DatabaseInsightsMode"] = "advanced" if advanced else "standard"
    for one in [cluster] + members:
        for name in ("PerformanceInsightsRetentionPeriod",
                     "PerformanceInsightsKMSKeyId"):
            one.pop(name, None)
        one.update(insights)


def loggable(cluster):
    new = [] if cluster["EngineVersion"] in OLD_VERSIONS else NEW_LOGS
    return LOGS[cluster["Engine"]] + new


def fill_cluster(cluster):
    cluster["EngineVersion"] = random.choice(VERSIONS[cluster["Engine"]])
    cluster["Port"] = random.randint(1150, 1160)
    cluster["NetworkType"] = random.choice(["IPV4", "DUAL"])
    cluster["EnabledCloudwatchLogsExports"] = sorted(some(loggable(cluster)))
    cluster["BackupRetentionPeriod"] = random.randint(1, 35)
    cluster["DBClusterParameterGroup"] = random.choice(
        ["default." + family(cluster), own_group("c", family(cluster))])
    cluster["VpcSecurityGroups"] = [
        {"VpcSecurityGroupId": group, "Status": "active"}
        for group in sorted(random.sample(GROUPS, random.randint(1, 4)))]
    cluster.pop("DBClusterMembers", None)
    cluster.pop("BacktrackWindow", None)
    if cluster["Engine"] == "aurora-mysql" and chance(60):
        cluster["BacktrackWindow"] = random.choice([0, 3600, 86400])
    cluster["DomainMemberships"] = []
    if chance(30):
        cluster["DomainMemberships"] = [
            {"Domain": "d-1234567890", "Status": "joined",
             "IAMRoleName": random.choice(DIRECTORY_ROLES)}]
    if chance(10):
        cluster["AwsBackupRecoveryPointArn"] = \
            f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:x"


def fill_own(cluster):
    """What there are calls of its own for."""
    cluster["HttpEndpointEnabled"] = chance(30)
    if chance(10):
        cluster["EngineMode"] = "serverless"
    cluster["AssociatedRoles"] = [
        {"RoleArn": one["role_arn"], "Status": "ACTIVE",
         **({"FeatureName": one["feature_name"]} if "feature_name" in one
            else {})}
        for one in some(role_members(cluster["Engine"]))]
    if chance(30):
        cluster["MasterUserSecret"] = {
            "SecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"
                         f"rds!cluster-{cluster['DBClusterIdentifier']}",
            "SecretStatus": "active", "KmsKeyId": random.choice(KEYS)}
    if chance(30):
        cluster.update({
            "ActivityStreamStatus": "started", "ActivityStreamMode": "async",
            "ActivityStreamKmsKeyId": random.choice(KEY_IDS),
            "ActivityStreamKinesisStreamName": "aws-rds-das-first"})


def fill_instance(instance, cluster):
    instance["CACertificateIdentifier"] = random.choice(CAS)
    instance["PromotionTier"] = random.randint(0, 14)
    instance["PubliclyAccessible"] = chance(30)
    instance["PreferredMaintenanceWindow"] = weekly()
    instance["MonitoringInterval"] = 0
    instance.pop("MonitoringRoleArn", None)
    if chance(50):
        instance["MonitoringInterval"] = random.choice([1, 15, 60])
        instance["MonitoringRoleArn"] = role_arn(random.choice(ROLES))
    instance["DBParameterGroups"] = [{
        "DBParameterGroupName": random.choice(
            ["default." + family(cluster), own_group("i", family(cluster))]),
        "ParameterApplyStatus": "in-sync"}]


def fill_clusters(account, place):
    families = set()
    for cluster in place["clusters"]:
        members = [i for i in place["instances"] if
                   i["DBClusterIdentifier"] == cluster["DBClusterIdentifier"]]
        fill_cluster(cluster)
        fill_own(cluster)
        fill_insights(cluster, members)
        families.add(family(cluster))
        for member in members:
            fill_instance(member, cluster)
        cluster["AutoMinorVersionUpgrade"] = all(
            member["AutoMinorVersionUpgrade"] for member in members)
    place.pop("secrets")  # those that the clusters name
    for key, name, letter in (
            ("db_cluster_parameter_groups", "DBClusterParameterGroupName", "c"),
            ("db_parameter_groups", "DBParameterGroupName", "i")):
        place[key] = [
            {name: own_group(letter, one), "DBParameterGroupFamily": one,
             "Parameters": {parameter: {"ParameterValue": value,
                                        "ApplyMethod": "pending-reboot"}
                            for parameter, value in
                            parameters.some(one, letter == "c", 5).items()}}
            for one in sorted(families)]


def role(name, service, attached):
    state = {"RoleName": name, "AttachedPolicies": attached + some(POLICIES),
             "AssumeRolePolicyDocument": document(service),
             "MaxSessionDuration": random.choice([3600, 7200, 43200]),
             "InlinePolicies": {one: document() for one in some(["a", "b"])}}
    if chance(50):
        state["Description"] = "what it is for"
    if chance(30):
        state["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": random.choice(POLICIES)}
    return state


def fill_roles(account, place):
    account["policies"] = [
        {"PolicyName": name, "DefaultVersionId": "v1",
         "Versions": [{"VersionId": "v1", "Document": document()}]}
        for name in OWN_POLICIES]
    account["roles"] = [
        role(name, "monitoring.rds.amazonaws.com", [MONITORING])
        for name in ROLES] + [
        role(name, "directoryservice.rds.amazonaws.com", [])
        for name in DIRECTORY_ROLES] + [
        role(name, "ec2.amazonaws.com", []) for name in OTHER_ROLES] + [
        role(name, "rds.amazonaws.com", []) for name in FEATURES]


def group_rule(port, peer):
    """As a fleet file has it; wishes.py turns it into the YAML's form."""
    rule = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port + 1}
    if peer.startswith("sg-"):
        rule["ReferencedGroupInfo"] = {"GroupId": peer}
    elif peer.startswith("pl-"):
        rule["PrefixListId"] = peer
    else:
        rule["CidrIpv6" if ":" in peer else "CidrIpv4"] = peer
    return rule


# no two of them overlap in ports and are of the same peer
GROUP_RULES = [group_rule(port, peer) for port in (1150, 3306, 5432)
               for peer in ("10.0.0.0/8", "192.0.2.7/32", "0.0.0.0/0", "::/0",
                            "2001:db8::/32", GROUPS[0], "pl-0123")]


def fill_security_groups(account, place):
    place["security_groups"] = GROUPS
    place["vpc_security_groups"] = []
    for group in GROUPS:
        rules = [{"IsEgress": egress, **one} for egress in (False, True)
                 for one in random.sample(GROUP_RULES, random.randint(0, 5))]
        for one in rules:
            if chance(40):
                one["Description"] = random.choice(["who", "why & when", "#1"])
            if chance(20):
                one["Tags"] = [{"Key": "owner", "Value": "dba"}]
        place["vpc_security_groups"].append(
            {"GroupId": group, "isDefaultVpc": chance(30), "rules": rules})


def log_group(name):
    state = {"logGroupName": name}
    if chance(50):
        state["retentionInDays"] = random.choice(LOG_RETENTIONS)
    if chance(30):
        state["kmsKeyId"] = random.choice(KEYS)
    return state


def fill_log_groups(account, place):
    names = OTHER_LOG_GROUPS + [
        f"/aws/rds/cluster/{cluster['DBClusterIdentifier']}/{one}"
        for cluster in place["clusters"] for one in loggable(cluster)
        if one in cluster["EnabledCloudwatchLogsExports"] or chance(10)]
    place["log_groups"] = [log_group(name) for name in sorted(names)]


def fill_keys(account, place):
    place["kms_keys"] = []
    for key in KEY_IDS:
        state = {"KeyId": key, "KeyRotationEnabled": chance(50)}
        if state["KeyRotationEnabled"]:
            state["RotationPeriodInDays"] = random.choice([90, 365, 2560])
        place["kms_keys"].append(state)


TAGS = ["cost centre", "owner", "team", "temporary"]


def fill_tags(account, place):
    for one in place["clusters"] + place["instances"] + account["roles"]:
        name = "Tags" if "RoleName" in one else "TagList"
        one[name] = [{"Key": key, "Value": random.choice(["a", "b c", ""])}
                     for key in some(TAGS)]


ACCOUNTS = ["111111111111", "222222222222", "333333333333"]
SNAPSHOTS = ["first", "second", "orphan"]


def fill_snapshots(account, place):
    cluster = random.choice(place["clusters"])["DBClusterIdentifier"]
    place["db_cluster_snapshots"] = [
        {"DBClusterSnapshotIdentifier": name,
         "DBClusterIdentifier": "gone" if name == "orphan" else cluster,
         "restore": some(ACCOUNTS)} for name in SNAPSHOTS]


TOPICS = [f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}" for name in ("dba", "all")]
CATEGORIES = ["configuration change", "creation", "failure", "maintenance"]
# what subscriptions are of; the last one is still to be made
SUBSCRIPTIONS = {"clusters": "db-cluster", "members": "db-instance",
                 "new": "db-cluster"}


def sources(place, name):
    if SUBSCRIPTIONS[name] == "db-cluster":
        return [one["DBClusterIdentifier"] for one in place["clusters"]]
    return [one["DBInstanceIdentifier"] for one in place["instances"]]


def fill_subscriptions(account, place):
    place["sns_topics"] = TOPICS
    place["event_subscriptions"] = [
        {"CustSubscriptionId": name, "SnsTopicArn": random.choice(TOPICS),
         "SourceType": kind, "SourceIdsList": some(sources(place, name)),
         "EventCategoriesList": some(CATEGORIES), "Enabled": chance(70)}
        for name, kind in SUBSCRIPTIONS.items() if name != "new"]


FILL = [fill_clusters, fill_roles, fill_security_groups, fill_log_groups,
        fill_keys, fill_tags, fill_snapshots, fill_subscriptions]


def fill(fleet):
    account = fleet["accounts"][0]
    for one in FILL:
        one(account, account["regions"][0])


# ---- what is compared -------------------------------------------------------

# list of the fleet file -> (kind, the member that names)
LISTS = {
    "clusters": ("cluster", "DBClusterIdentifier"),
    "instances": ("instance", "DBInstanceIdentifier"),
    "db_cluster_parameter_groups": ("cluster_parameter_group",
                                    "DBClusterParameterGroupName"),
    "db_cluster_snapshots": ("cluster_snapshot",
                             "DBClusterSnapshotIdentifier"),
    "db_parameter_groups": ("instance_parameter_group",
                            "DBParameterGroupName"),
    "event_subscriptions": ("event_subscription", "CustSubscriptionId"),
    "kms_keys": ("kms_key", "KeyId"),
    "log_groups": ("log_group", "logGroupName"),
    "policies": ("iam_policy", "Arn"),
    "roles": ("iam_role", "RoleName"),
    "vpc_security_groups": ("security_group", "GroupId"),
}
# what only says when something happened, or how often
CLOCKS = {"SnapshotCreateTime", "SubscriptionCreationTime", "creationTime",
          "lastVersion", "parameter_events", "secrets"}


def normal_cluster(one):
    # what the instances say is theirs alone
    for member in one.get("DBClusterMembers", []):
        member.pop("PromotionTier", None)
    # no stream may be said by saying nothing, and each has a name of its own
    if one.get("ActivityStreamStatus") == "stopped":
        one.pop("ActivityStreamStatus")
    one.pop("ActivityStreamKinesisStreamName", None)
    if one.get("MasterUserSecret", True) is None:
        one.pop("MasterUserSecret")


def normal_group(one):
    for rule in one["rules"]:
        rule.pop("SecurityGroupRuleId")  # a rule that returns has a new one


# lists whose order AWS does not promise
SETS = {"AssociatedRoles", "AttachedPolicies", "EventCategoriesList", "SourceIdsList", "TagList",
        "Tags", "restore", "rules"}


def normal_policy(one):
    # versions that are not the default stay
    one["Versions"] = [version["Document"] for version in one["Versions"]
                       if version["VersionId"] == one["DefaultVersionId"]]


def normal_parameters(one):
    # the method that wrote it is no part of a value
    one["Parameters"] = {name: value["ParameterValue"] for name, value
                         in one.get("Parameters", {}).items()}


NORMAL = {"cluster": normal_cluster,
          "cluster_parameter_group": normal_parameters,
          "iam_policy": normal_policy,
          "instance_parameter_group": normal_parameters,
          "security_group": normal_group}


def normal(kind, one):
    NORMAL.get(kind, lambda one: None)(one)
    for member in SETS & set(one):
        one[member].sort(key=lambda entry: json.dumps(entry, sort_keys=True))


def address(kind, name):
    if kind == "log_group":
        name = name.replace("/", "%2F")
    return kind + "/" + name


def by_member(fleet):
    """(address, member) -> value, of everything that a fleet file has."""
    account = fleet["accounts"][0]
    place = account["regions"][0]
    members = {}
    for where in (account, place):
        for key, value in where.items():
            kind, name = LISTS.get(key, (None, None))
            if key in CLOCKS or key in ("regions", "access_keys"):
                continue
            if not kind:
                members[key, ""] = value
                continue
            for one in value:
                normal(kind, one)
                for member, part in one.items():
                    if member not in CLOCKS:
                        members[address(kind, one[name]), member] = part
    return members
