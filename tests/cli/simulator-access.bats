# The simulator's sessions, its policy simulation and its dry runs, judged by
# clients that nobody here wrote. One simulator serves all tests; none of them
# changes what another one reads.
# shellcheck disable=SC2034 # judged.bash uses them
fleet=access.json options=() judge=judge_access.py
load judged

@test "boto3: a session may what its role and its policy allow" {
  judged session_policy
}
@test "boto3: the log tells sessions apart" { judged session_log; }
@test "boto3: session policies that are refused" { judged session_refusals; }
@test "boto3: session policies that are too large packed" { judged packed; }

@test "boto3: what the policies of a principal allow" { judged simulate; }
@test "boto3: the same where there is a result for each resource" {
  judged simulate_by_resource
}
@test "boto3: conditions of what a principal may" { judged simulate_context; }
@test "boto3: pages of what a principal may" { judged simulate_pages; }
@test "boto3: whom and what one may not ask" { judged simulate_refusals; }
@test "boto3: asking is a read" { judged simulate_trail; }

@test "boto3: dry runs of who may" { judged dry_run; }
@test "boto3: dry runs of who may not" { judged dry_run_not_allowed; }
@test "boto3: what a dry run looks at" { judged dry_run_checks; }
@test "boto3: CloudTrail has dry runs" { judged dry_run_trail; }

@test "the AWS CLI runs dry" {
  needs_cli
  authorize() {
    aws_cli ec2 authorize-security-group-ingress --dry-run --group-id \
      sg-0a1c5e7f90b2d4a61 --protocol tcp --port 22 --cidr 192.0.2.0/24
  }
  run authorize
  [ "$status" -ne 0 ]
  [[ $output == *"(DryRunOperation)"*"would have succeeded"* ]]
  run env AWS_ACCESS_KEY_ID=AKIAABACKSIMULATOR02 aws --endpoint-url "$url" \
    ec2 revoke-security-group-ingress --dry-run --group-id \
    sg-0a1c5e7f90b2d4a61 --protocol tcp --port 5432 --cidr 10.0.0.0/8
  [ "$status" -ne 0 ]
  [[ $output == *"(UnauthorizedOperation)"* ]]
}

@test "the AWS CLI asks what a role may" {
  needs_cli
  orders=arn:aws:rds:eu-west-1:123456789012:cluster:orders
  aws_cli iam simulate-principal-policy --policy-source-arn \
    arn:aws:iam::123456789012:role/aback/apply --action-names \
    rds:ModifyDBCluster rds:ModifyDBInstance --resource-arns $orders >asked
  jq -e '[.EvaluationResults[] | .EvalDecision] ==
    ["allowed", "implicitDeny"]' asked
  run aws_cli iam simulate-principal-policy --policy-source-arn \
    arn:aws:sts::123456789012:assumed-role/apply/aback-1 \
    --action-names rds:ModifyDBCluster
  [ "$status" -ne 0 ]
  [[ $output == *"(InvalidInput)"* ]]
}

@test "the AWS CLI assumes a role with a policy" {
  needs_cli
  role=arn:aws:iam::123456789012:role/free
  policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
    "Action": "rds:DescribeDBInstances", "Resource": "*"}]}'
  aws_cli sts assume-role --role-arn $role --role-session-name aback-1 \
    --policy "$policy" >assumed
  jq -e '.PackedPolicySize > 0' assumed
  AWS_ACCESS_KEY_ID=$(jq -r .Credentials.AccessKeyId assumed)
  AWS_SECRET_ACCESS_KEY=$(jq -r .Credentials.SecretAccessKey assumed)
  AWS_SESSION_TOKEN=$(jq -r .Credentials.SessionToken assumed)
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN
  aws_cli rds describe-db-instances >instances
  jq -e '.DBInstances[0].DBInstanceIdentifier == "orders-1"' instances
  run aws_cli rds describe-db-clusters
  [ "$status" -ne 0 ]
  [[ $output == *"(AccessDenied)"*"no session policy allows"* ]]
}
