#!/usr/bin/env bats
# Many at once over one remote: of two applies one runs and one is refused, and
# applies to different targets lose nothing, over every transport. RACES and
# RACE_COMMITS say how much of it (tests/unit/test_race.c does the same over
# file:// with thousands, where RACES=5000 asks for them).
load helpers
load transport

teardown() {
  stop_servers
  [ -z "${sim_pid:-}" ] || kill "$sim_pid" 2>/dev/null || true
}

# locks_and_commits: the races of the unit test, over $url.
locks_and_commits() {
  [ ! -f cert.pem ] || export GIT_SSL_CAINFO=$PWD/cert.pem
  RACE_URL=$url RACES=${RACES:-4} RACE_COMMITS=${RACE_COMMITS:-2} \
    RACE_CLONES=8 runs 0 "$ABACK_BUILD/tests/unit/test_race"
  said '0 won by nobody, 0 by several' '0 lost, 0 bytes'
  grep '^# ' <<<"$output" >&3
}

@test "races: locks and commits over ssh" {
  serve ssh
  locks_and_commits
}

@test "races: locks and commits over https" {
  serve https
  locks_and_commits
}

# Two applies of the same setting from two clones, as often as RACES says.
two_applies() {
  share "$url"
  runs 0 "$ABACK" init
  sed 's#store.git#other.git#' aback.yaml >other.yaml
  "$ABACK" history -f other.yaml >out 2>&1
  for round in $(seq "${RACES:-2}"); do
    poke cluster/orders '{"DeletionProtection": false}'
    poke cluster/users '{"DeletionProtection": false}'
    before=$(mutation_count)
    runs 0 "$ABACK" plan -o plan.json
    runs 0 "$ABACK" plan -f other.yaml -o other.json
    "$ABACK" apply plan.json --yes >one.txt 2>&1 3>&- &
    one=$!
    "$ABACK" apply -f other.yaml other.json --yes >two.txt 2>&1 3>&- &
    two=$!
    a=0 b=0
    wait $one || a=$?
    wait $two || b=$?
    case $a/$b in 0/3 | 3/0) ;; *)
      echo "round $round: $a and $b"
      cat one.txt two.txt
      return 1
      ;;
    esac
    [ "$(($(mutation_count) - before))" -eq 2 ]
    [ -z "$(git -C remote.git for-each-ref refs/aback/locks)" ]
  done
  runs 0 "$ABACK" state sync
  runs 0 "$ABACK" state fsck
  [ "$(git -C remote.git ls-tree --name-only main:changes | wc -l)" -eq \
    "${RACES:-2}" ]
}

@test "races: two applies at the same instant over file://" {
  serve file
  two_applies
}

@test "races: two applies at the same instant over ssh" {
  serve ssh
  two_applies
}

@test "races: two applies at the same instant over https" {
  serve https
  two_applies
}

@test "races: eight clones apply to eight targets at once, and nothing is lost" {
  regions=(eu-west-1 eu-west-2 eu-west-3 eu-north-1 eu-central-1 us-east-1
    us-east-2 us-west-1)
  for place in "${regions[@]}"; do
    printf '{"region": "%s", "clusters": [{"DBClusterIdentifier": "orders",
      "Engine": "aurora-postgresql", "DeletionProtection": false}]}\n' "$place"
  done | jq -s --arg account "$account" '{format: "aback-fleet/1", accounts:
    [{account_id: $account, regions: .}]}' >fleet.json
  serve file
  share "$url"
  runs 0 "$ABACK" init
  pids=
  for place in "${regions[@]}"; do
    sed -e "s#store.git#$place.git#" -e "s#region: $region#region: $place#" \
      aback.yaml >"$place.yaml"
    "$ABACK" plan -f "$place.yaml" -o "$place.json" >out 2>&1
  done
  for place in "${regions[@]}"; do
    "$ABACK" apply -f "$place.yaml" "$place.json" --yes >"$place.txt" 2>&1 3>&- &
    pids="$pids $!"
  done
  for pid in $pids; do
    wait "$pid" || { cat ./*.txt; return 1; }
  done
  [ "$(mutation_count)" -eq 8 ]
  runs 0 "$ABACK" state sync
  runs 0 "$ABACK" state fsck
  said '8 changes' '17 commits'
  for place in "${regions[@]}"; do
    stored "$account/$place/cluster/orders.json" |
      jq -e '.values.deletion_protection == true'
  done
  [ "$(git -C store.git ls-tree -r --name-only main:changes | grep -c result.json)" -eq 8 ]
  [ -z "$(git -C remote.git for-each-ref refs/aback/locks)" ]
}
