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
