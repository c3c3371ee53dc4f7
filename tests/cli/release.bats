#!/usr/bin/env bats
# aback release: ending a hold.
load helpers

backed_out() {
  start
  applied
  aback backout --last --apply --yes --reason 'old driver' >/dev/null 2>&1
}

@test "release: a hold is shown, honoured, and released" {
  backed_out
  runs 0 aback plan --detailed-exitcode
  said 'Held' 'cluster/orders:deletion_protection' 'old driver'
  runs 0 aback release cluster/orders:deletion_protection
  said 'released prod cluster/orders:deletion_protection'
  runs 2 aback plan --detailed-exitcode
  aback plan --format json |
    jq -e '[.changes[].address] == ["cluster/orders"]
      and [.held[].address] == ["cluster/users"]'
  git -C store.git log -1 --format=%s main | grep -q Release
}

@test "release: nothing held there lists what is" {
  backed_out
  fails 1 aback release cluster/orders:port
  said "'cluster/orders:port'" 'cluster/users:deletion_protection'
  fails 1 aback release instance/orders-1
  said "'instance/orders-1'" 'cluster/users:deletion_protection'
  fails 1 aback release nonsense
  fails 1 aback release cluster/orders:deletion_protection --target elsewhere
  runs 0 aback release cluster/orders:deletion_protection --target prod
}

@test "release: all that is held at an address" {
  start
  cat >>aback.yaml <<'END'
  - match: {kind: cluster, id: orders}
    set: {backup_retention_period: 21}
END
  applied
  aback backout --last --apply --yes --allow lossy >/dev/null 2>&1
  runs 0 aback release cluster/orders
  said 'released prod cluster/orders:backup_retention_period' \
    'released prod cluster/orders:deletion_protection'
  [ "$(grep -c released <<<"$output")" -eq 2 ]
  aback plan --format json | jq -e '[.held[].address] == ["cluster/users"]'
}

@test "release: what a setting was a way to ask for goes with it" {
  write_fleet
  jq '.accounts[0].regions[0].clusters[0] += {Port: 5432, VpcSecurityGroups: [
      {VpcSecurityGroupId: "sg-0a1", Status: "active"}]}
    | .accounts[0].regions[0].vpc_security_groups = [{GroupId: "sg-0a1",
      rules: [{IpProtocol: "tcp", FromPort: 5432, ToPort: 5432,
        CidrIpv4: "0.0.0.0/0"}]}]' fleet.json >open.json
  mv open.json fleet.json
  start_sim
  write_desired '  - match: {kind: security_group}
    set: {public_ingress: false}'
  aback init >/dev/null 2>&1
  applied
  aback backout --last --apply --yes --allow exposure >/dev/null 2>&1
  runs 0 aback release security_group/sg-0a1:public_ingress
  said 'released prod security_group/sg-0a1:ingress'
  runs 2 aback plan --detailed-exitcode
}
