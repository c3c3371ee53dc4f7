#!/usr/bin/env bats
# Promise 4, at every instant: an apply is killed right before each of its
# writes, syncs, renames and sends in turn. KILL_STEP (10) says how many of them
# are passed over each time; 1 tries every single one.
load promise

prepare() {
  [[ $ABACK_BUILD != *asan* ]] || skip "a sanitizer wants to be loaded first"
  cc -shared -fPIC -D_GNU_SOURCE -o "$BATS_TEST_TMPDIR/kill_at.so" \
    "$BATS_TEST_DIRNAME/kill_at.c" -ldl
  start --settle-ms 0 --no-throttle
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  runs 0 "$ABACK" plan -o plan.json
  cp -r store.git fresh.git
}

# again: the store and the cluster as they were
again() {
  rm -rf store.git
  cp -r fresh.git store.git
  poke cluster/orders '{"DeletionProtection": false}'
  sent_before=$(mutation_count)
}

sent() { echo $(($(mutation_count) - sent_before)); }

# killed_at N: 0 when it was killed, 1 when it came to its end before
killed_at() {
  local code=0
  LD_PRELOAD=$PWD/kill_at.so KILL_AT=$1 "$ABACK" apply plan.json --yes \
    >out 2>&1 3>&- || code=$?
  [ "$code" -eq 137 ] || { [ "$code" -eq 0 ] && return 1; }
}

# What must hold whatever was cut off.
check() {
  local id live state
  live=$(live_value clusters orders DeletionProtection)
  id=$(git -C store.git ls-tree --name-only main:changes 2>/dev/null || true)
  if [ -z "$id" ]; then
    # nothing was begun: nothing was sent, and the plan may still be applied
    [ "$(sent)" -eq 0 ] || return 1
    "$ABACK" apply plan.json --yes >out 2>&1 || return 1
    [ "$(sent)" -eq 1 ]
    return
  fi
  # begun: the way back is there
  stored "changes/$id/prior.json" | jq -e '.values[0].value == false' \
    >/dev/null || return 1
  if ! stored "changes/$id/result.json" >result 2>/dev/null; then
    "$ABACK" resume "$id" >out 2>&1 || [[ $? == [14] ]] || return 1
    result_of "$id" >result || return 1
  fi
  # what it says is what is so, and nothing was sent twice
  state=$(jq -r .state result)
  jq -e --argjson live "$live" '.changes[0].value == $live' result \
    >/dev/null || { echo "live is $live"; return 1; }
  case $live/$state in true/done | false/failed) ;; *) echo "live $live, said $state"; return 1 ;; esac
  [ "$(sent)" -le 1 ] || { echo "sent $(sent)"; return 1; }
  git -C store.git fsck --strict >out 2>&1 || return 1
  # and the way is free
  "$ABACK" plan -o next.json >out 2>&1 || return 1
  if [ "$live" = false ]; then
    "$ABACK" apply next.json --yes >out 2>&1
  else
    "$ABACK" backout "$id" --apply --yes --allow exposure >out 2>&1
  fi
}

@test "promise 4: killed at any write, sync, rename or send, all is accounted for" {
  prepare
  again
  KILL_COUNT=$PWD/count LD_PRELOAD=$PWD/kill_at.so "$ABACK" apply plan.json \
    --yes >out 2>&1
  total=$(stat -c %s count)
  [ "$total" -gt 20 ]
  for ((n = ${KILL_FIRST:-1}; n <= total; n += ${KILL_STEP:-10})); do
    again
    killed_at "$n" || break
    check || { echo "killed at $n of $total:"; cat out; cat result; return 1; }
  done
  echo "# killed at up to $n of $total" >&3
  [ "$n" -gt 20 ]
}
