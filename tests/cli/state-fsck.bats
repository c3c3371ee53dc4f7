#!/usr/bin/env bats
# aback state fsck: each kind of damage, made on purpose, is found and named.
load helpers

# A store with one change that was applied.
with_change() {
  start --settle-ms 0 --no-throttle
  applied
  id=$(change_id)
}

# The same, but nobody shall say that a test which makes damage makes more of it.
sound() {
  runs 0 "$ABACK" state fsck
  said 'nothing is wrong'
}

# tamper COMMAND: what the command did in a work tree is committed and pushed
# into the store, as somebody with access would.
tamper() {
  rm -rf work
  git clone -q store.git work
  (cd work && eval "$1" && git add -A && git commit -q --allow-empty -m tamper)
  git -C work push -q origin HEAD:main
}

# found CHECK PATH PART...: exit code 2, and a finding with all its parts.
found() {
  local check=$1 path=$2
  shift 2
  runs 2 "$ABACK" state fsck
  said "$@"
  runs 2 "$ABACK" state fsck --format json
  jq -e --arg check "$check" --arg path "$path" '[.damage[]
    | select(.check == $check and (.path // "" | endswith($path)) and
        (.remedy | length) > 0)] | length > 0' <<<"$output" >/dev/null || {
    echo "no '$check' of '$path' in:"
    echo "$output"
    return 1
  }
}

@test "state fsck: a new store and one with a change are sound, and git agrees" {
  start
  sound
  applied
  sound
  said '1 change'
  runs 0 "$ABACK" state fsck --format json
  jq -e '.format == "aback-fsck/1" and .damage == [] and .notes == [] and
    .changes == 1 and .commits == 3 and .objects > 10' <<<"$output"
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  runs 0 "$ABACK" release cluster/orders:deletion_protection
  sound
  git -C store.git gc -q
  sound
  runs 0 git -C store.git fsck --full --strict
}

@test "state fsck: the digests in the commits are sha256sum's" {
  with_change
  git clone -q store.git work
  for commit in main main^; do
    git -C work checkout -q "$(git -C store.git rev-parse $commit)"
    git -C store.git log -1 --format='%(trailers:key=Aback-Digest,valueonly)' \
      $commit | grep . >sums
    runs 0 env -C work sha256sum -c ../sums
  done
  said 'plan.json: OK' 'prior.json: OK' 'change.json: OK'
  grep -q "plan.json$" sums
}

@test "state fsck: a record that was edited, removed or put back" {
  with_change
  tamper "sed -i 's/false/true/' changes/$id/prior.json"
  found edited "$id/prior.json" 'was changed after it had been written' \
    "$(git -C store.git rev-parse main)" 'expected: ' 'found: ' 'git -C'
  tamper "git checkout -q HEAD~1 changes/$id/prior.json"
  runs 0 "$ABACK" state fsck
  said 'note:' 'put back later'
  tamper "git rm -q changes/$id/plan.json"
  found edited "$id/plan.json" 'found: removed'
}

@test "state fsck: FORMAT and a result that were edited" {
  with_change
  tamper "sed -i 's/\"done\"/\"failed\"/' changes/$id/result.json"
  found edited "$id/result.json" 'in'
  tamper "chmod +x changes/$id/change.json; echo >>changes/$id/change.json"
  found edited "$id/change.json" 'in'
}

@test "state fsck: a record that aback did not write" {
  with_change
  tamper "cp -r changes/$id changes/20200101T000000Z-abcdef"
  found digest '20200101T000000Z-abcdef/prior.json' \
    'does not say what it wrote' 'a trailer Aback-Digest'
  found record '20200101T000000Z-abcdef/change.json' "found: $id"
}

@test "state fsck: a commit whose digest is another file's" {
  with_change
  rm -rf work
  git clone -q store.git work
  (
    cd work
    cp -r "changes/$id" changes/20200101T000000Z-abcdef
    git add -A
    git commit -q -m "x" -m "Aback-Digest: $(printf '%064d' 0)  changes/20200101T000000Z-abcdef/prior.json"
    git push -q origin HEAD:main
  )
  found digest '20200101T000000Z-abcdef/prior.json' \
    'not what its commit says' "expected: $(printf '%064d' 0)"
}

@test "state fsck: a journal's line, an end that is cut off, one that was cut" {
  with_change
  tamper "sed -i '1s/intent/intend/' changes/$id/journal.jsonl"
  found journal "$id/journal.jsonl" 'damaged at line 1'
  found edited "$id/journal.jsonl" 'in'
  tamper "git checkout -q HEAD~1 changes/$id/journal.jsonl;
    sed -i '\$d' changes/$id/journal.jsonl"
  found edited "$id/journal.jsonl" 'in'
  tamper "git checkout -q HEAD~2 changes/$id/journal.jsonl;
    printf '99 ' >>changes/$id/journal.jsonl"
  found journal "$id/journal.jsonl" 'last line is cut off'
  # and one that runs
  printf '3 0000000000000000 {}\n4\n' >"store.git/aback/journal/$id.jsonl"
  found journal "$id.jsonl" 'damaged at line 1'
}

@test "state fsck: a whole line, added once there was a result, with its digest" {
  with_change
  journal=changes/$id/journal.jsonl
  tamper "tail -1 $journal >line; cat line >>$journal; rm line; git commit -qam \
    \"resume

Aback-Digest: \$(sha256sum $journal)\""
  found edited "$journal" 'changed after it had been written'
}

@test "state fsck: a journal that runs may be torn at its end" {
  with_change
  git -C store.git show "main:changes/$id/journal.jsonl" \
    >"store.git/aback/journal/$id.jsonl"
  printf '99 00' >>"store.git/aback/journal/$id.jsonl"
  sound
}

@test "state fsck: a recorded value that no record gives" {
  with_change
  file=$account/$region/cluster/orders.json
  tamper "sed -i 's/\"deletion_protection\": true/\"deletion_protection\": false/' $file"
  found value "$file" "'deletion_protection'" 'expected: true' 'found: false'
  tamper "git rm -q $file"
  found value "$file" 'expected: true' 'found: nothing'
  tamper "git checkout -q HEAD~2 $file && cp $file \
    $account/$region/cluster/other.json"
  found value cluster/other.json 'expected: nothing'
}

@test "state fsck: a hold of a change that there is not" {
  with_change
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  back=$(change_id)
  sound
  tamper "sed -i 's/$back/20200101T000000Z-abcdef/' holds/prod/cluster/orders.json"
  found hold holds/prod/cluster/orders.json 'names a change that there is not' \
    'aback release cluster/orders:deletion_protection'
}

@test "state fsck: a hold that was written by hand, or was made to cover more" {
  with_change
  runs 0 "$ABACK" backout --last --apply --yes --allow exposure
  back=$(change_id)
  hold=holds/prod/cluster/orders.json
  tamper "sed -i 's/deletion_protection/backup_retention_period/' $hold"
  found hold "$hold" 'names a change that left it alone' "found: $back" \
    'aback release cluster/orders:backup_retention_period'
  tamper "git checkout -q HEAD~1 $hold; sed -i 's/\"rule_value\": true/\"rule_value\": \"any\"/' $hold"
  found hold "$hold" "'rule_value' of the hold on 'deletion_protection'" \
    'expected: true' 'found: "any"'
}

@test "state fsck: a history that is not one line" {
  with_change
  rm -rf work
  git clone -q store.git work
  (
    cd work
    git checkout -q -b side HEAD~1
    git commit -q --allow-empty -m side
    git checkout -q main
    git merge -q --no-edit side
    git push -q origin HEAD:main
  )
  found history '' 'not linear' 'several parents' \
    "$(git -C store.git rev-parse main)"
}

@test "state fsck: a branch that was moved back, and an apply then refuses" {
  with_change
  tip=$(git -C store.git rev-parse main)
  git -C store.git update-ref refs/heads/main main~1
  found rewritten '' 'no longer holds the newest commit' "$tip" \
    "update-ref refs/heads/main $tip"
  git -C store.git update-ref refs/heads/main main~1
  poke cluster/orders '{"DeletionProtection": false}'
  runs 0 "$ABACK" plan -o next.json
  before=$(mutation_count)
  fails 1 "$ABACK" apply next.json --yes
  said 'was rewritten' 'aback state fsck'
  [ "$(mutation_count)" -eq "$before" ]
  git -C store.git update-ref refs/heads/main "$tip"
  sound
}

@test "state fsck: the same where the old commit is gone for good" {
  with_change
  git -C store.git update-ref refs/heads/main main~1
  git -C store.git gc -q --prune=now
  found rewritten '' 'no longer holds the newest commit'
  # accepted
  rm store.git/aback/seen
  runs 0 "$ABACK" state fsck
  said 'no record of where'
}

@test "state fsck: objects that are cut off, changed or missing" {
  with_change
  blob=$(git -C store.git rev-parse "main:changes/$id/prior.json")
  file=store.git/objects/${blob:0:2}/${blob:2}
  cp "$file" good
  chmod u+w "$file"
  truncate -s 20 "$file"
  found object "${blob:2}" 'cut off or damaged' "$blob"
  found object "$id/prior.json" 'commit: '
  # another object's bytes, well packed, under this name
  other=$(git -C store.git rev-parse "main:FORMAT")
  cp "store.git/objects/${other:0:2}/${other:2}" "$file"
  found object "${blob:2}" 'hash mismatch' "$blob"
  rm -f "$file"
  found object "$id/prior.json" 'object not found'
  cp good "$file"
  sound
}

@test "state fsck: an object that nothing needs is looked at, too" {
  with_change
  blob=$(echo stray | git -C store.git hash-object -w --stdin)
  sound
  chmod u+w "store.git/objects/${blob:0:2}/${blob:2}"
  truncate -s 5 "store.git/objects/${blob:0:2}/${blob:2}"
  found object "${blob:2}" 'cannot be read'
}

@test "state fsck: a damaged pack" {
  with_change
  git -C store.git gc -q
  pack=$(echo store.git/objects/pack/*.pack)
  chmod u+w "$pack"
  printf 'XXXXXXXX' | dd of="$pack" bs=1 seek=200 conv=notrunc 2>/dev/null
  runs 2 "$ABACK" state fsck
  said 'damage:' 'next:'
}

@test "state fsck: a ref that replaces an object for git" {
  with_change
  git -C store.git update-ref "refs/replace/$(git -C store.git rev-parse main)" \
    "$(git -C store.git rev-parse main~1)"
  found replace '' 'git shows another object' 'update-ref -d'
}

@test "state fsck: a lock that is none" {
  with_change
  git -C store.git update-ref "refs/aback/locks/$account/$region" main
  found lock "$account/$region" 'no lock that aback wrote'
}

@test "state fsck: a branch that is gone, and a store that is none" {
  with_change
  rm store.git/refs/heads/main
  runs 2 "$ABACK" state fsck
  said 'its branch main is gone' 'fsck --lost-found'
  fails 1 "$ABACK" state fsck --state nowhere.git
  said 'no state repository'
}

@test "state fsck: an unfinished change is a note" {
  start
  runs 0 "$ABACK" plan -o plan.json
  fault '{"service": "rds", "action": "ModifyDBCluster", "nth": 1,
          "fault": "hang", "ms": 60000}'
  in_background "$ABACK" apply plan.json --yes
  killed_once grep -q '"ModifyDBCluster"' sim.log
  id=$(change_id)
  runs 0 "$ABACK" state fsck
  said 'nothing is wrong' "aback resume $id"
}

@test "state: parts that do not exist are refused" {
  start
  fails 1 "$ABACK" state fsk
  said "no part 'fsk'" "aback state fsck"
  fails 1 "$ABACK" state fsck more
  said "takes no 'more'"
  fails 1 "$ABACK" state
}
