#!/usr/bin/env bats
# A disk that is full, read-only or fails every sync, from any of the writes of
# an apply on: the message names the cause and what to do, nothing is sent that
# has no way back, nothing that was recorded is lost, and once the disk is mended
# all is accounted for. DISK_STEP (19) says how many writes are passed over each
# time; 1 tries every single one.
load helpers

prepare() {
  [[ $ABACK_BUILD != *asan* ]] || skip "a sanitizer wants to be loaded first"
  cc -shared -fPIC -O1 -D_GNU_SOURCE -o interpose.so \
    "$root/tests/torture/interpose.c" -ldl
  start --settle-ms 0 --no-throttle
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  "$ABACK" plan -o plan.json >out 2>&1
  cp -r store.git fresh.git
  TORTURE_PROGRAM=$(realpath "$ABACK")
  export TORTURE_PROGRAM
}

# at N MODE: an apply whose disk gives out at the N-th write; its exit code is
# $code, and what it said in out.txt
at() {
  rm -rf store.git
  cp -r fresh.git store.git
  poke cluster/orders '{"DeletionProtection": false}'
  sent_before=$(mutation_count)
  # what goes to a pipe is not on that disk
  LD_PRELOAD=$PWD/interpose.so TORTURE_AT=$1 TORTURE_DO=$2 "$ABACK" apply \
    plan.json --yes 2>&1 3>&- | cat >out.txt
  code=${PIPESTATUS[0]}
}

sent() { echo $(($(mutation_count) - sent_before)); }

# check MODE: what must hold
check() {
  local want id
  case $1 in
    full) want='No space left on device' ;;
    readonly) want='Read-only file system' ;;
    broken) want='Input/output error' ;;
  esac
  if [ "$code" -ne 0 ]; then
    grep -q "$want" out.txt || { echo "no '$want'"; return 1; }
    grep -q 'hint:' out.txt || { echo "no hint"; return 1; }
  fi
  id=$(git -C store.git ls-tree --name-only main:changes 2>/dev/null || true)
  # no way back, nothing sent; and who says so has sent nothing
  [ -n "$id" ] || [ "$(sent)" -eq 0 ] || { echo "sent without a record"; return 1; }
  [[ $code != [13] ]] || [ "$(sent)" -eq 0 ] || { echo "sent, and exit code $code"; return 1; }
  git -C store.git fsck --strict >fsck.txt 2>&1 || { cat fsck.txt; return 1; }
  "$ABACK" state fsck >fsck.txt 2>&1 || { cat fsck.txt; return 1; }
  # the disk is mended
  "$ABACK" resume >out2.txt 2>&1 || [[ $? == [14] ]] || { cat out2.txt; return 1; }
  [ -z "$id" ] || result_of "$id" >result.json || return 1
  "$ABACK" state fsck >fsck.txt 2>&1 || { cat fsck.txt; return 1; }
  "$ABACK" plan -o next.json >out2.txt 2>&1
}

gives_out() {
  prepare
  TORTURE_COUNT=$PWD/count LD_PRELOAD=$PWD/interpose.so "$ABACK" apply \
    plan.json --yes 2>&1 | cat >out.txt
  total=$(stat -c %s count)
  [ "$total" -gt 40 ]
  for ((n = ${DISK_FIRST:-1}; n <= total; n += ${DISK_STEP:-19})); do
    at "$n" "$1"
    check "$1" || {
      echo "$1 from $n of $total, exit code $code:"
      cat out.txt
      return 1
    }
  done
  echo "# $1: from each of $(((total - 1) / ${DISK_STEP:-19} + 1)) of $total writes on" >&3
}

@test "disk: full" { gives_out full; }
@test "disk: read-only" { gives_out readonly; }
@test "disk: every sync fails" { gives_out broken; }

# ---- a file system that is really small ---------------------------------------

# small: store.git is on a file system of 600 KiB of its own; fresh.git is kept.
small() {
  start_sim --settle-ms 0 --no-throttle
  mkdir small
  mount -t tmpfs -o size=600k none "$PWD/small" 2>mount.txt ||
    skip "mounting is not permitted: $(cat mount.txt)"
  small=$PWD/small
  write_desired '  - match: {kind: cluster, id: orders}
    set: {deletion_protection: true}'
  sed -i 's#\./store\.git#./small/store.git#' aback.yaml
  ln -s small/store.git store.git
  "$ABACK" init >out.txt 2>&1
  "$ABACK" plan -o plan.json >out.txt 2>&1
  live >before.json
}

# keep: what each round begins with.
keep() { cp -r small/store.git fresh.git; }
fresh() {
  rm -rf small/store.git small/filler
  cp -r fresh.git small/store.git
}

teardown() {
  [ -z "${small:-}" ] || umount "$small"
  [ -z "${sim_pid:-}" ] || { kill "$sim_pid"; wait "$sim_pid" || true; } 2>/dev/null
}

# leave KIB: so much is free.
leave() {
  rm -f small/filler
  dd if=/dev/zero of=small/filler bs=1k status=none \
    count=$(($(df -k --output=avail small | tail -1) - $1))
}

# full KIB COMMAND...: with so much free; its exit code is $code. What must hold
# holds, and then there is space again and all is accounted for.
full() {
  local free=$1 before
  shift
  fresh
  before=$(mutation_count)
  leave "$free"
  code=0
  "$@" >out.txt 2>&1 || code=$?
  rm small/filler
  sent=$(($(mutation_count) - before))
  case $code in
    0) [ "$sent" -gt 0 ] ;;
    1 | 3 | 4)
      grep -q 'No space left on device' out.txt && grep -q 'hint:' out.txt
      [ "$code" -eq 4 ] || [ "$sent" -eq 0 ]
      ;;
    *) false ;;
  esac || return 1
  git -C store.git fsck --strict >fsck.txt 2>&1 || { cat fsck.txt; return 1; }
  "$ABACK" state fsck >fsck.txt 2>&1 || { cat fsck.txt; return 1; }
  "$ABACK" resume >resume.txt 2>&1 || [[ $? == [14] ]] || {
    cat resume.txt
    return 1
  }
  "$ABACK" state fsck >fsck.txt 2>&1 || { cat fsck.txt; return 1; }
}

# With ever more space, until there is enough three times in a row.
ever_more() { # STEP APPLY-OR-BACKOUT
  local free=0 enough=0 tried=0
  while [ "$enough" -lt 3 ] && [ "$free" -lt 400 ]; do
    "$2" "$free" || {
      echo "with $free KiB free, exit code $code, $sent sent:"
      cat out.txt
      return 1
    }
    enough=$((code == 0 ? enough + 1 : 0))
    tried=$((tried + 1))
    free=$((free + $1))
  done
  [ "$enough" -eq 3 ]
  [ "$tried" -gt 5 ]
  echo "# $2: with each of $tried amounts of free space" >&3
}

small_apply() { # KIB
  poke cluster/orders '{"DeletionProtection": false}'
  full "$1" "$ABACK" apply plan.json --yes || return 1
  [ "$sent" -eq 0 ] || "$ABACK" backout --last --apply --yes >back.txt 2>&1 ||
    { cat back.txt; return 1; }
  live | diff before.json -
}

small_backout() { # KIB
  poke cluster/orders '{"DeletionProtection": true}'
  full "$1" "$ABACK" backout "$change" --apply --yes || return 1
  [ "$sent" -gt 0 ] || "$ABACK" backout "$change" --apply --yes >back.txt 2>&1 ||
    { cat back.txt; return 1; }
  live | diff before.json -
}

@test "disk: a small file system, full at any point of an apply" {
  small
  keep
  ever_more "${DISK_KIB:-12}" small_apply
}

@test "disk: a small file system, full at any point of a backout" {
  small
  "$ABACK" apply plan.json --yes >out.txt 2>&1
  change=$(change_id)
  keep
  ever_more "${DISK_KIB:-12}" small_backout
}
