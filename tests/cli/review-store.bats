#!/usr/bin/env bats
# Reviews in the state repository: recorded, compared, signed off, due.
load helpers
load served

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  write_fleet
  serve_all --fleet fleet.json
}

# A desired state that wants a review every 90 days, and its store.
begin() {
  at_served
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  echo 'review: {every: 90d, owners: [dba@example.com, sec@example.com]}' \
    >>aback.yaml
  aback init >init.out 2>&1
}

ids() { git -C store.git ls-tree --name-only main:reviews 2>/dev/null; }
newest() { ids | tail -1; }

# A review from so many days ago, as it would have been recorded then.
backdate() { # DAYS
  local id at old
  id=$(newest)
  at=$(date -u -d "$1 days ago" +%Y-%m-%dT%H:%M:%SZ)
  old=$(date -u -d "$1 days ago" +%Y%m%dT%H%M%SZ)-abcdef
  rm -rf work
  git clone -q store.git work
  (
    cd work || return 1
    git mv -k "reviews/$id" "reviews/$old"
    jq --sort-keys --arg at "$at" --arg id "$old" \
      '.id = $id | .started_at = $at | .finished_at = $at' \
      "reviews/$old/review.json" >new && mv new "reviews/$old/review.json"
    git add -A && git commit -qm backdated && git push -q origin HEAD:main
  )
}

@test "review store: each review is recorded and compared with the last" {
  begin
  runs 2 aback review
  said "recorded as the review $(newest)"
  stored "reviews/$(newest)/review.json" >first.json
  jq -e '.format == "aback-review/1" and .previous == null
    and (.trend | length) == 1
    and all(.findings[]; .first_seen != null)' first.json
  poke cluster/orders '{"DeletionProtection": true}'
  runs 2 aback review --format json -o second.out
  stored "reviews/$(newest)/review.json" >second.json
  poke cluster/orders '{"DeletionProtection": false}'
  cmp second.out second.json
  as_its_schema_has_it second.json
  jq -e --slurpfile first first.json '.previous.id == $first[0].id
    and .previous.new == 0 and .previous.fixed >= 1
    and (.trend | length) == 2 and .trend[1].id == .id
    and .findings[0].first_seen == $first[0].started_at' second.json
  [ "$(ids | wc -l)" -eq 2 ]
  runs 0 aback state fsck
}

@test "review store: the trailers name it, and what was edited is damage" {
  begin
  runs 2 aback review
  git -C store.git log -1 --format='%(trailers:key=Aback-Review,valueonly)' |
    grep -qx "$(newest)"
  git -C store.git log -1 --format='%(trailers:key=Aback-Digest,valueonly)' \
    main | grep . >digests
  git clone -q store.git work
  (cd work && sha256sum -c ../digests)
  (
    cd work
    sed -i 's/"failed"/"passed"/' "reviews/$(git -C ../store.git ls-tree \
      --name-only main:reviews)/review.json"
    git commit -qam edited && git push -q origin HEAD:main
  )
  runs 2 aback state fsck
  said 'a record was changed after it had been written'
}

@test "review store: nothing is recorded with --no-record, or without a store" {
  begin
  runs 2 aback review --no-record
  [ -z "$(ids)" ]
  rm -rf store.git
  runs 2 aback review
  said 'so the review is not recorded'
  [ ! -e store.git ]
}

@test "review store: a review that is cut off is not recorded" {
  begin
  fault '{"service": "rds", "action": "DescribeDBInstances", "nth": 1,
          "fault": "hang", "ms": 60000}'
  "$ABACK" review >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 20 grep -q '"hang"' "$BATS_FILE_TMPDIR/sim.log"
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  [ "$rc" -eq 130 ]
  [ -z "$(ids)" ]
}

@test "review store: one that could not be printed is not recorded" {
  begin
  rc=0
  "$ABACK" review >/dev/full 2>err.txt || rc=$?
  [ "$rc" -eq 1 ]
  [ -z "$(ids)" ]
  fails 1 aback review -o no/such/file
  [ -z "$(ids)" ]
}

@test "review store: a remote that is gone records nothing, and is said" {
  begin
  git init -q --bare -b main remote.git
  rm -rf store.git
  sed -i 's|^state: .*|state: {repository: ./store.git, remote: ./remote.git}|' \
    aback.yaml
  runs 0 aback init
  mv remote.git away.git
  runs 3 aback review
  said 'the review is not recorded' 'remote'
  [ -z "$(ids)" ]
  mv away.git remote.git
  runs 2 aback review
  [ "$(git -C remote.git ls-tree --name-only main:reviews)" = "$(newest)" ]
}

@test "sign-off: once, by somebody, of the newest or the one named" {
  begin
  fails 1 aback review --sign-off --by Alice
  said 'there is no review' 'aback review'
  runs 2 aback review
  id=$(newest)
  runs 0 aback review --sign-off --by 'Alice Example' --note 'all waivers read'
  said "the review $id is signed off by Alice Example at 2"
  stored "reviews/$id/signoff.json" |
    jq -e --arg id "$id" '.format == "aback-signoff/1" and .review == $id
      and .by == "Alice Example" and .note == "all waivers read"
      and (.host | length) > 0 and (.caller | length) > 0'
  fails 3 aback review --sign-off --by Bob
  said "signed off already, by 'Alice Example'"
  fails 3 aback review --sign-off --by Bob "$id"
  runs 2 aback review
  runs 0 aback review --sign-off --by Bob --format json "$(newest)"
  jq -e '.by == "Bob" and .note == null' <<<"$output"
  fails 1 aback review --sign-off --by Bob 2025
  said "there is no review '2025'" "$id"
  runs 0 aback state fsck
  [[ $output == *'nothing is wrong'* ]]
}

@test "sign-off: from a clone of the store alone, without aback.yaml" {
  begin
  runs 2 aback review
  git clone -q --bare store.git clone.git
  mkdir elsewhere
  cd elsewhere
  runs 0 aback review --sign-off --by Alice --state ../clone.git
  git -C ../store.git show "main:reviews/$(git -C ../store.git ls-tree \
    --name-only main:reviews)/signoff.json" | jq -e '.by == "Alice"'
}

@test "sign-off: of two at the same time, on two machines, one is first" {
  begin
  runs 2 aback review
  git clone -q --bare store.git one.git
  git clone -q --bare store.git two.git
  for who in one two; do
    (
      rc=0
      "$ABACK" review --sign-off --by "$who" --state "$who.git" \
        >"$who.out" 2>&1 3>&- || rc=$?
      echo $rc >"$who.rc"
    ) &
  done
  wait
  [ "$(sort one.rc two.rc | tr '\n' ' ')" = '0 3 ' ]
  grep -q 'signed off already' one.out two.out
  runs 0 aback state fsck
}

@test "sign-off: what does not go together is refused" {
  begin
  for words in '--sign-off' '--by Alice' '--note text' 'some-review' \
    '--due --sign-off --by Alice' '--due -o file' '--due --format csv' \
    '--sign-off --by Alice --format sarif' '-o -'; do
    # shellcheck disable=SC2086 # a line of words on purpose
    fails 1 aback review $words
  done
  fails 1 aback review --sign-off --by ''
}

@test "due: a store without any review, in time, over, and whose" {
  begin
  runs 2 aback review --due
  said 'a review by dba@example.com, sec@example.com is due: there is none'
  runs 2 aback review
  runs 0 aback review --due
  [[ $output =~ is\ due\ in\ (89|90)\ days:\ the\ last,\ 2 ]]
  runs 0 aback review --due --format json
  jq -e '.format == "aback-due/1" and .due == false and .overdue_s == null
    and .owners == ["dba@example.com", "sec@example.com"]
    and .last.signed_off_by == null' <<<"$output"
  backdate 102
  runs 2 aback review --due
  said 'dba@example.com, sec@example.com is overdue by 12 days'
  runs 2 aback review --due --format json
  jq -e '.due and .overdue_s > 1000000' <<<"$output"
}

@test "due: a clock that went backwards" {
  begin
  runs 2 aback review
  backdate -3
  runs 2 aback review --due
  said 'the clock went backwards' 'in the future'
  # a new review settles it, although it sorts before the one of the future
  runs 2 aback review
  runs 0 aback review --due
}

@test "due: only a review of all targets counts" {
  begin
  sed -i "s/^targets:/&\n  - {name: us, account_id: \"$account\", region: us-east-1}/" \
    aback.yaml
  runs 2 aback review --target prod
  runs 2 aback review --due
  said 'there is none of all targets yet'
  runs 0 aback review --due --target prod
}

@test "due: without review: in the file, and without a store" {
  begin
  sed -i '/^review:/d' aback.yaml
  fails 1 aback review --due
  said 'does not say how often' 'review: {every: 90d'
  rm -rf store.git
  echo 'review: {every: 90d}' >>aback.yaml
  fails 1 aback review --due
  said 'aback init'
}
