#!/usr/bin/env bats
# Bad input: state paths that are no store, stores that are damaged, that others
# wrote in, that may not be written, and disks that are full.
load bad

# Two changes were made: one that is recorded, and a plan that could be the
# next. The store as it then is is saved.git.
begin() {
  start
  applied
  id=$(change_id)
  write_desired '  - match: {kind: cluster}
    set: {backup_retention_period: 21}'
  "$ABACK" plan -o next.json >/dev/null 2>&1
  cp -r store.git saved.git
  cp sim.log before.log
}

# The store as it was.
restore() {
  rm -rf store.git
  cp -r saved.git store.git
}

commands='apply:next.json:--yes history show:@ backout:--last backout:@:--apply:--yes
  resume release:cluster/orders:deletion_protection apply:--yes:next.json:--state:store.git'

# no_store [PART...]: every command that opens the store refuses it with exit
# code 1, saying these parts; what is at the path stays as it is.
no_store() {
  local command words found
  found=$(ls -lRA store.git 2>/dev/null || true)
  for command in plan:-o:plan.out plan:--state:store.git $commands; do
    command=${command/@/$id}
    words=${command//:/ }
    words=${words/cluster\/orders /cluster/orders:}
    # shellcheck disable=SC2086 # words on purpose
    refused 1 aback $words || return 1
    said "$@" || {
      echo "from: $words"
      return 1
    }
  done
  [ ! -e plan.out ] || return 1
  diff <(echo "$found") <(ls -lRA store.git 2>/dev/null || true)
}

# refuses COMMAND [PART...]: this one command does, with exit code 1.
refuses() {
  local command=$1
  shift
  # shellcheck disable=SC2086 # words on purpose
  refused 1 aback $command || return 1
  said "$@"
}

# The loose object's file.
object() {
  local name
  name=$(git -C store.git rev-parse "$1")
  echo "store.git/objects/${name:0:2}/${name:2}"
}

# truncated SPEC: that object is cut off in the store
truncated() {
  local file
  restore
  file=$(object "$1")
  chmod u+w "$file"
  truncate -s 10 "$file"
}

# foreign COMMAND: somebody commits to the branch what it does to a clone
foreign() {
  restore
  rm -rf clone
  git clone -q store.git clone
  (
    cd clone || exit 1
    eval "$1"
    git add -A
    git -c user.name=x -c user.email=x@y commit -qm 'Tidy up'
    git push -q origin HEAD:main
  )
}

@test "bad store: missing" {
  begin
  rm -rf store.git
  refuses 'apply next.json --yes' 'no state repository' './store.git' \
    'aback init'
  refuses history 'no state repository' 'aback init'
  refuses 'backout --last' 'no state repository' 'aback init'
  refuses resume 'no state repository'
  refuses 'plan --state store.git' 'no state repository'
  # a plan needs none, and says what it therefore does not know
  runs 0 aback plan
  said 'no holds are known'
  [ ! -e store.git ]
}

@test "bad store: a file, an empty directory, a directory of other things" {
  begin
  rm -rf store.git
  echo precious >store.git
  no_store "'./store.git'" 'not an aback state repository' || \
    no_store 'not an aback state repository'
  [ "$(cat store.git)" = precious ]
  rm store.git
  mkdir store.git
  no_store 'an empty directory' 'aback init'
  echo x >store.git/precious
  no_store 'is not an aback state repository'
  rm -r store.git
  mkfifo store.git
  no_store 'not an aback state repository'
}

@test "bad store: a path that leads nowhere" {
  begin
  sed -i 's,./store.git,./none/store.git,' aback.yaml
  refuses 'history' './none/store.git'
  refuses 'init' "'./none/store.git'"
  sed -i 's,./none/store.git,./aback.yaml/store.git,' aback.yaml
  refuses 'history' 'aback.yaml/store.git'
  refuses 'init' 'aback.yaml/store.git'
  refuses 'history --state /proc/self/mem' '/proc/self/mem'
  ln -s loop loop
  refuses 'history --state loop' "'loop'"
}

@test "bad store: a repository with a work tree, an empty one, a foreign one" {
  begin
  rm -rf store.git
  git init -q store.git
  git -C store.git commit -q --allow-empty -m x
  no_store 'a repository with a work tree'
  rm -rf store.git
  git init -q --bare store.git
  no_store 'no branch main'
  refuses init 'no branch main'
  rm -rf store.git
  git init -q foreign
  (cd foreign && git checkout -q -b main && echo x >README &&
    git add README && git commit -qm x)
  git clone -q --bare foreign store.git
  no_store 'no file FORMAT' 'a repository of their own'
  refuses init 'no file FORMAT'
  [ "$(git -C store.git log --oneline main | wc -l)" -eq 1 ]
}

@test "bad store: of a future format, and one that lies about its format" {
  begin
  foreign 'echo "aback-state 2" >FORMAT'
  no_store "'aback-state 2'" "'aback-state 1'" 'install a newer aback'
  foreign 'echo "something else" >FORMAT'
  no_store 'FORMAT' 'says something else'
  foreign 'git rm -q FORMAT'
  no_store 'no file FORMAT'
  foreign 'git rm -q FORMAT && mkdir FORMAT && echo x >FORMAT/x'
  no_store 'FORMAT'
}

@test "bad store: cut off objects that everything needs" {
  begin
  truncated main
  no_store 'is cut off or damaged' 'fsck'
  truncated 'main^{tree}'
  no_store 'is cut off or damaged' 'fsck'
  truncated main:FORMAT
  no_store "'FORMAT'" 'is cut off or damaged' 'fsck'
  restore
  rm -f "$(object main)"
  no_store 'not found' 'fsck'
  restore
  chmod u+w "$(object main)"
  : >"$(object main)"
  no_store 'damaged' 'fsck'
}

@test "bad store: cut off objects of a record" {
  begin
  truncated main:changes
  refuses 'plan -o plan.out' "'changes'" 'cut off or damaged' 'fsck'
  refuses 'apply next.json --yes' 'cut off or damaged'
  for file in change.json result.json; do
    truncated "main:changes/$id/$file"
    for command in 'plan -o plan.out' 'apply next.json --yes' history \
      "show $id" 'backout --last' resume; do
      refuses "$command" "changes/$id/$file" 'cut off or damaged' 'fsck'
    done
  done
  truncated "main:changes/$id/plan.json"
  for command in history "show $id" 'backout --last'; do
    refuses "$command" "changes/$id/plan.json" 'cut off or damaged' 'fsck'
  done
  truncated "main:changes/$id/prior.json"
  for command in "show $id" 'backout --last --apply --yes'; do
    refuses "$command" "changes/$id/prior.json" 'cut off or damaged' 'fsck'
  done
  [ ! -e plan.out ]
}

@test "bad store: what the end of a run needs is looked at before its calls" {
  begin
  for spec in "main:$account" "main:$account/$region" \
    "main:$account/$region/cluster" \
    "main:$account/$region/cluster/orders.json"; do
    truncated "$spec"
    refuses 'apply next.json --yes' 'nothing was changed' \
      'cut off or damaged'
  done
  foreign "echo garbage >$account/$region/cluster/orders.json"
  refuses 'apply next.json --yes' 'nothing was changed' 'not valid JSON' \
    "$account/$region/cluster/orders.json"
  foreign "git rm -rq $account && echo x >$account"
  refuses 'apply next.json --yes' 'nothing was changed' \
    "'$account' is a file, not a directory"
}

@test "bad store: objects that are other ones" {
  begin
  restore
  file=$(object "main:changes/$id/prior.json")
  chmod u+w "$file"
  cp "$(object main:FORMAT)" "$file"
  refuses "backout $id --apply --yes" "changes/$id/prior.json" 'mismatch'
  head -c 500 /dev/urandom >"$file"
  refuses "backout $id --apply --yes" "changes/$id/prior.json" 'damaged'
}

@test "bad store: refs, HEAD and config that are gone or garbage" {
  begin
  restore
  rm store.git/refs/heads/main
  no_store 'damaged' 'branch main is gone' 'fsck'
  echo garbage >store.git/refs/heads/main
  no_store 'refs/heads/main' 'fsck'
  printf '%040d\n' 0 >store.git/refs/heads/main
  no_store 'cannot read the commit' 'fsck'
  printf '%040d\n' 1 >store.git/refs/heads/main
  no_store 'cannot read the commit' 'fsck'
  git -C saved.git rev-parse main:FORMAT >store.git/refs/heads/main
  no_store 'cannot read the commit' 'fsck'
  restore
  head -c 100 /dev/urandom >store.git/HEAD
  no_store 'HEAD'
  rm store.git/HEAD
  no_store 'not an aback state repository'
  restore
  rm -rf store.git/objects
  no_store 'not an aback state repository'
  restore
  # random bytes are a valid file where they begin with a comment
  printf '[core\n\377\376\000garbage' >store.git/config
  no_store 'config'
  restore
  git -C store.git config core.bare false
  no_store 'work tree'
  restore
  git -C store.git config core.repositoryformatversion 1
  git -C store.git config extensions.objectformat sha256
  # libgit2 1.5 loses a little memory when it refuses an extension
  LSAN_OPTIONS=detect_leaks=0 no_store 'objectformat'
}

@test "bad store: a HEAD that points elsewhere does not matter" {
  begin
  echo 'ref: refs/heads/other' >store.git/HEAD
  runs 0 aback history
  said "$id"
  runs 0 aback apply next.json --yes
  git -C store.git fsck --no-dangling
}

@test "bad store: records that somebody changed" {
  begin
  for text in garbage '{}' '[]' '"x"' '{"format": "aback-change/2"}' ''; do
    foreign "echo '$text' >changes/$id/change.json"
    for command in 'plan -o plan.out' 'apply next.json --yes' history \
      "show $id" "backout $id" resume; do
      refuses "$command" "changes/$id/change.json"
    done
  done
  for text in garbage '[1]' '{}' '{"format": "aback-result/2"}'; do
    foreign "echo '$text' >changes/$id/result.json"
    refuses 'plan -o plan.out' "changes/$id/result.json"
    refuses "backout $id" "changes/$id/result.json"
    refuses 'apply next.json --yes' "changes/$id/result.json"
  done
  foreign "echo '{\"format\": \"aback-result/1\", \"steps\": {}, \
\"state\": 7}' >changes/$id/result.json"
  refuses "backout $id" 'damaged' 'result.json has no steps'
  foreign "git rm -q changes/$id/change.json"
  refuses 'apply next.json --yes' "changes/$id/change.json" 'missing'
  foreign "git rm -rq changes && echo x >changes"
  for command in plan history 'backout --last' 'apply next.json --yes'; do
    refuses "$command" "'changes' is a file, not a directory"
  done
  [ ! -e plan.out ]
}

@test "bad store: plans and prior values that somebody changed" {
  begin
  foreign "sed -i s/false/true/ changes/$id/plan.json"
  refuses "backout $id --apply --yes" 'it was edited' 'by hand'
  refuses "show $id" 'it was edited' 'by hand'
  foreign "echo garbage >changes/$id/plan.json"
  refuses "backout $id --apply --yes" 'not valid JSON'
  foreign "ln -sf /etc/passwd changes/$id/plan.json"
  refuses "backout $id --apply --yes" 'is a symbolic link' 'put the file itself'
  not grep -q root: out.txt err.txt
  foreign "git rm -q changes/$id/plan.json"
  refuses "backout $id --apply --yes" 'missing'
  foreign "sed -i s/false/true/ changes/$id/prior.json"
  refuses "backout $id --apply --yes" 'prior.json and plan.json differ'
  foreign "sed -i s/cluster-/klaster-/ changes/$id/prior.json"
  refuses "backout $id --apply --yes" 'prior.json and plan.json differ'
  foreign "echo '{\"format\": \"aback-prior/1\", \"values\": []}' \
    >changes/$id/prior.json"
  refuses "backout $id --apply --yes" 'prior.json lacks a setting'
  foreign "git rm -q changes/$id/prior.json"
  refuses "backout $id --apply --yes" 'missing'
}

@test "bad store: holds that somebody changed" {
  begin
  for text in garbage '[]' '{}' '7'; do
    foreign "mkdir -p holds/prod/cluster &&
      echo '$text' >holds/prod/cluster/orders.json"
    refuses 'plan -o plan.out' 'holds/prod/cluster/orders.json'
    refuses 'apply next.json --yes' 'holds/prod/cluster/orders.json'
  done
  foreign 'echo x >holds'
  refuses 'plan -o plan.out' "'holds' is a file"
  [ ! -e plan.out ]
}

@test "bad store: files that people put beside the records do not matter" {
  begin
  foreign 'echo hello >README.md; mkdir changes/notes docs
    echo x >changes/notes/x; echo x >changes/todo; echo x >docs/x'
  runs 0 aback history
  said "$id"
  runs 0 aback apply next.json --yes
  stored README.md
  git -C store.git fsck --no-dangling
}

@test "bad store: foreign commits on the branch are kept, not overwritten" {
  begin
  foreign 'echo "# ours too" >NOTES'
  foreign_tip=$(git -C store.git rev-parse main)
  runs 0 aback apply next.json --yes
  git -C store.git merge-base --is-ancestor "$foreign_tip" main
  [ "$(stored NOTES)" = '# ours too' ]
}

@test "bad store: garbage in journals and locks" {
  begin
  mkdir -p store.git/aback/journal store.git/aback/locks
  head -c 1000 /dev/urandom >store.git/aback/journal/garbage
  head -c 1000 /dev/urandom >"store.git/aback/journal/$id.jsonl"
  head -c 1000 /dev/urandom >"store.git/aback/locks/$account-$region.lock"
  runs 0 aback history
  aback apply next.json --yes >out.txt 2>err.txt || rc=$?
  cat err.txt
  case ${rc:-0} in
    0) git -C store.git fsck --no-dangling ;;
    1 | 3) [ "$(mutation_count)" -eq 2 ] && grep -q hint: err.txt ;;
    *) return 1 ;;
  esac
}

@test "bad store: one that may not be written" {
  begin
  can_be_unprivileged
  chmod -R o+rX store.git
  chmod o+r ./*
  refused 1 unprivileged "$ABACK" history
  said 'belongs to another user' 'safe.directory'
  git config --file "$HOME/.gitconfig" --add safe.directory "$PWD/store.git"
  # reading it works
  runs 0 unprivileged "$ABACK" history
  said "$id"
  runs 0 unprivileged "$ABACK" plan
  # writing does not, and is found out before anything is sent
  refused 1 unprivileged "$ABACK" apply next.json --yes
  said 'store.git' 'Permission denied'
  refused 1 unprivileged "$ABACK" backout --last --apply --yes
  said 'Permission denied'
  refused 1 unprivileged "$ABACK" init --state other.git
  said 'other.git' 'Permission denied'
}

# with_disk KIB SCRIPT...: in a mount namespace of its own, where `disk` is a
# disk of that size
with_disk() {
  local size=$1
  shift
  mkdir -p disk
  unshare -rm true 2>/dev/null || skip 'no mount namespaces'
  unshare -rm bash -c "mount -t tmpfs -o size=${size}k none disk || exit 77
    $*" || {
    rc=$?
    [ "$rc" -ne 77 ] || skip 'no tmpfs'
    return "$rc"
  }
}

@test "bad store: a read-only disk" {
  begin
  # shellcheck disable=SC2016 # for the inner shell
  with_disk 4000 'cp -r store.git disk/ && mount -o remount,ro disk
    timeout 30 "$ABACK" history --state disk/store.git >history.txt || exit 1
    timeout 30 "$ABACK" apply next.json --yes --state disk/store.git \
      >out.txt 2>err.txt
    echo $? >code
    timeout 30 "$ABACK" plan -o disk/plan.json >/dev/null 2>plan.err
    echo $? >>code'
  grep -q "$id" history.txt
  [ "$(tr '\n' ' ' <code)" = '1 1 ' ]
  cat err.txt plan.err
  grep -q 'Read-only file system' err.txt
  grep -q 'hint: .*read-only' err.txt
  grep -q "'disk/plan.json': Read-only file system" plan.err
  [ "$(mutation_count)" -eq 2 ]
}

@test "bad store: no room for the plan file" {
  start
  # shellcheck disable=SC2016 # for the inner shell
  with_disk 16 'echo precious >disk/old.json
    head -c 1000000 /dev/zero >disk/fill 2>/dev/null
    for file in disk/new.json disk/old.json; do
      timeout 30 "$ABACK" plan -o $file >out.txt 2>err.txt
      echo $? >>code
      cat err.txt >>errors
    done
    ls disk >files
    cat disk/old.json >old'
  cat errors
  [ "$(tr '\n' ' ' <code)" = '1 1 ' ]
  grep -q "cannot write 'disk/new.json': No space left on device" errors
  grep -q 'hint: make room' errors
  # no half of a plan, and the old file is whole
  [ "$(tr '\n' ' ' <files)" = 'fill old.json ' ]
  [ "$(cat old)" = precious ]
}

@test "bad store: no room for locks, commits or the journal" {
  start
  runs 0 aback plan -o plan.json
  cp plan.json saved.json
  for room in 0 4 12 20 28 36 44 48 52 56 60 64 72 80; do
    stop_and_start
    # shellcheck disable=SC2016 # for the inner shell
    room=$room with_disk 600 'cp -r store.git disk/
      dd if=/dev/zero of=disk/fill bs=1k 2>/dev/null
      truncate -s -${room}k disk/fill
      timeout 30 "$ABACK" apply plan.json --yes --state disk/store.git \
        >out.txt 2>err.txt
      echo $? >code
      jq -c "select(.action | test(\"^Modify\"))" sim.log | wc -l >sent
      git -C disk/store.git fsck --no-dangling >>err.txt 2>&1 || exit 1
      rm disk/fill
      timeout 30 "$ABACK" resume --state disk/store.git >>out.txt 2>&1
      timeout 30 "$ABACK" apply plan.json --yes --state disk/store.git \
        >>out.txt 2>&1
      rm -rf after.git
      cp -r disk/store.git after.git'
    echo "room $room: exit $(cat code), $(cat sent) calls"
    case $(cat code) in
      # nothing was sent, and why and what next is said
      1) [ "$(cat sent)" -eq 0 ] && grep -q 'No space left' err.txt &&
        grep -q 'hint: make room' err.txt ;;
      4) grep -q 'aback resume' out.txt && grep -q 'No space left' err.txt ;;
      0) [ "$(cat sent)" -eq 2 ] ;;
      *) cat out.txt err.txt && return 1 ;;
    esac || { cat out.txt err.txt && return 1; }
    # with room again all of it is done, each call was sent once
    [ "$(live_value clusters orders DeletionProtection)" = true ]
    [ "$(live_value clusters users DeletionProtection)" = true ]
    [ "$(mutation_count)" -eq 2 ]
    git -C after.git fsck --no-dangling
    [ "$(git -C after.git ls-tree --name-only main:changes | wc -l)" -eq 1 ]
  done
}

stop_and_start() {
  kill "$sim_pid"
  wait "$sim_pid" || true
  rm -f sim.log
  start_sim
}
