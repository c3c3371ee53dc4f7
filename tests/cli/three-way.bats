#!/usr/bin/env bats
# What a backout shows of each setting: what we set, what is live, what it
# becomes; and of sets each member.
load helpers

policies=arn:aws:iam::aws:policy
monitoring=$policies/service-role/AmazonRDSEnhancedMonitoringRole

changed() {
  start
  write_desired "  - match: {kind: instance, id: orders-1}
    set: {promotion_tier: 5, publicly_accessible: false}
  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: ['$monitoring']}"
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes >/dev/null 2>&1
  # meanwhile somebody else changes one, and adds to the set
  poke instance/orders-1 '{"PromotionTier": 7}'
  poke iam_role/monitoring "{\"AttachedPolicies\": [\"$monitoring\",
    \"$policies/AmazonRDSFullAccess\"]}"
}

@test "promise 6: three values of each setting, and each member, as text" {
  changed
  aback backout --last >text 2>/dev/null
  tr -s ' \n' ' ' <text >flat
  grep -qF 'we set: false; live is: false; it becomes: true' flat
  grep -qF 'we set: 5 live is: 7 before us: 1' flat
  grep -qF "+ $policies/AmazonRDSReadOnlyAccess (comes back: we took it out)" \
    flat
  grep -qF -- "− $monitoring (goes: we put it in)" flat
  grep -qF "= $policies/AmazonRDSFullAccess (stays: somebody else put it in" \
    flat
}

@test "promise 6: three values of each setting, and each member, as a table" {
  changed
  aback backout --last --format markdown >page.md 2>/dev/null
  grep -F 'instance/orders-1:publicly_accessible' page.md |
    grep -qF '<code>false</code> | <code>false</code> | <code>true</code>'
  grep -F 'instance/orders-1:promotion_tier' page.md |
    grep -qF '<code>5</code> | <code>7</code> | <code>1</code>'
  grep -F "=$policies/AmazonRDSFullAccess (stays" page.md |
    grep -F "+$policies/AmazonRDSReadOnlyAccess (comes back" |
    grep -qF -- "−$monitoring (goes"
}

@test "promise 6: three values of each setting, as JSON" {
  changed
  aback backout --last --format json >back.json 2>/dev/null
  jq -e '.changes[] | select(.setting == "publicly_accessible") |
    [.undoes.set, .before, .after] == [false, false, true]' back.json
  jq -e '.conflicts[] | select(.setting == "promotion_tier") |
    [.set, .live, .prior] == [5, 7, 1]' back.json
  jq -e --arg other "$policies/AmazonRDSFullAccess" '.changes[] |
    select(.setting == "managed_policy_arns") |
    (.undoes.set | index($other) | not) and (.before | index($other)) and
    (.after | index($other))' back.json
}

@test "promise 6: what others took out, and what was put back, is shown" {
  start
  jq '.accounts[0].roles[0].AttachedPolicies += [
    "arn:aws:iam::aws:policy/AmazonRDSDataFullAccess"]' fleet.json >more.json
  kill "$sim_pid"
  wait "$sim_pid" 2>/dev/null || true
  mv more.json fleet.json
  start_sim
  write_desired "  - match: {kind: iam_role, id: monitoring}
    set: {managed_policy_arns: {include: ['$monitoring'],
          exclude: ['$policies/AmazonRDSReadOnlyAccess']}}"
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes >/dev/null 2>&1
  poke iam_role/monitoring "{\"AttachedPolicies\": [\"$monitoring\",
    \"$policies/AmazonRDSReadOnlyAccess\"]}"
  runs 0 aback backout --last
  tr -s ' \n' ' ' <<<"$output" >flat
  grep -qF "· $policies/AmazonRDSDataFullAccess (stays away: somebody else" \
    flat
  grep -qF "= $policies/AmazonRDSReadOnlyAccess (is back already)" flat
  grep -qF -- "− $monitoring (goes: we put it in)" flat
}

@test "promise 6: of inline policies each is a member" {
  document() { echo "{Version: \"2012-10-17\", Statement: [{Effect: Allow, Action: \"s3:$1\", Resource: \"*\"}]}"; }
  start
  write_desired "  - match: {kind: iam_role, id: monitoring}
    set:
      inline_policies:
        list: $(document List*)
        read: $(document Get*)"
  aback plan -o plan.json >/dev/null 2>&1
  aback apply plan.json --yes >/dev/null 2>&1
  # meanwhile somebody else takes out one, and adds another
  poke iam_role/monitoring "$(live | jq -c '.accounts[0].roles[] |
    select(.RoleName == "monitoring") | {InlinePolicies:
      (.InlinePolicies | .tags = .list | del(.list))}')"
  runs 0 aback backout --last
  said '− read  (goes: we put it in)' '· list  (is gone already)' \
    '= tags  (stays: somebody else put it in since)'
  aback backout --last --format markdown 2>/dev/null |
    grep -F -- '−read (goes: we put it in)' | grep -qF '=tags (stays'
  aback backout --last --format html 2>/dev/null |
    grep -qE -- '− <code>read</code>.*= <code>tags</code>.* stays: somebody'
}

@test "promise 6: three values of each setting, and each member, as a page" {
  changed
  aback backout --last --format html >page.html 2>/dev/null
  grep -F 'prod instance/orders-1:publicly_accessible' page.html |
    grep -qE 'false<.*>false<.*>true<'
  grep -F 'prod instance/orders-1:promotion_tier' page.html |
    grep -qE '>5<.*>7<.*>1<'
  grep -E "= <code>.*AmazonRDSFullAccess.* stays: somebody else" page.html |
    grep -E "\\+ <code>.*AmazonRDSReadOnlyAccess.* comes back: we took" |
    grep -qE -- "− <code>.*AmazonRDSEnhancedMonitoringRole.* goes: we put it in"
}
