# What the tests of a cluster's settings with calls of their own share: a fleet
# of two engines with roles and keys, and how boto3 reads a cluster.
load kind

python=/usr/bin/python3
key=arn:aws:kms:$region:$account:key/11111111-2222-3333-4444-555555555555
other_key=arn:aws:kms:$region:$account:key/66666666-7777-8888-9999-000000000000
# shellcheck disable=SC2034 # the tests name roles with it
role=arn:aws:iam::$account:role

trusting() { # SERVICE
  echo '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Principal": {"Service": "'"$1"'"}, "Action": "sts:AssumeRole"}]}'
}

# write_fleet [MEMBERS OF orders] [MEMBERS OF users] [OF THE REGION]
write_fleet() {
  local rds
  rds=$(trusting rds.amazonaws.com)
  cat >fleet.json <<END
{"format": "aback-fleet/1", "accounts": [{"account_id": "$account",
  "roles": [
    {"RoleName": "import", "AssumeRolePolicyDocument": $rds},
    {"RoleName": "import-2", "AssumeRolePolicyDocument": $rds},
    {"RoleName": "export", "AssumeRolePolicyDocument": $rds},
    {"RoleName": "theirs", "AssumeRolePolicyDocument": $rds},
    {"RoleName": "stranger",
     "AssumeRolePolicyDocument": $(trusting lambda.amazonaws.com)}],
  "regions": [{"region": "$region", ${3:-}
    "clusters": [
      {"DBClusterIdentifier": "orders", ${1:-}
       "Engine": "aurora-postgresql"},
      {"DBClusterIdentifier": "users", ${2:-}
       "Engine": "aurora-mysql"}],
    "kms_keys": [{"KeyId": "${key##*/}"}, {"KeyId": "${other_key##*/}"},
      {"KeyId": "aaaaaaaa-0000-0000-0000-000000000000", "KeyManager": "AWS",
       "Aliases": ["alias/aws/rds"]}],
    "instances": [
      {"DBInstanceIdentifier": "orders-1", "DBClusterIdentifier": "orders"},
      {"DBInstanceIdentifier": "users-1", "DBClusterIdentifier": "users"}
    ]}]}]}
END
}

# Every cluster, as boto3 reads it, a line each.
clusters() {
  AWS_DEFAULT_REGION=$region "$python" - "$endpoint" <<'END'
import json, sys, boto3
rds = boto3.client("rds", endpoint_url=sys.argv[1])
for cluster in rds.describe_db_clusters()["DBClusters"]:
    print(json.dumps(cluster, sort_keys=True, default=str))
END
}

calls() { jq -r '[.steps[].call | sub("rds:"; "")] | join(" ")' "$1"; }
sent() { mutations | jq -r .action | paste -sd' '; }
of_orders() { live_value clusters orders "$1"; }
