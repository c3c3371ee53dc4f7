#!/usr/bin/env bats
# Bad input: desired files that cannot be read, and files that are none.
load bad

# no_desired [PART...]: all commands that read aback.yaml refuse it with exit
# code 1, saying these parts; AWS is not even asked.
no_desired() {
  local command
  rm -f plan.out
  for command in validate plan 'plan -o plan.out' history \
    'backout --last' resume 'release cluster/orders:port'; do
    # shellcheck disable=SC2086 # words on purpose
    refused 1 aback $command || return 1
    said "$@" || return 1
    [ ! -s out.txt ] || return 1
  done
  [ ! -e plan.out ] || return 1
  [ ! -s sim.log ]
}

@test "bad yaml: missing, a directory, links that lead nowhere" {
  start
  rm aback.yaml
  no_desired 'aback.yaml'
  refused 1 aback plan
  said "cannot open 'aback.yaml'" 'No such file' 'aback init'
  mkdir aback.yaml
  no_desired "'aback.yaml' is a directory"
  rmdir aback.yaml
  ln -s aback.yaml aback.yaml
  no_desired 'aback.yaml'
  ln -sf nowhere aback.yaml
  no_desired 'aback.yaml'
}

@test "bad yaml: a file that may not be read" {
  start
  can_be_unprivileged
  chmod 000 aback.yaml
  refused 1 unprivileged "$ABACK" validate
  said "cannot open 'aback.yaml'" 'Permission denied'
}

@test "bad yaml: a pipe that nobody writes to does not hang" {
  start
  rm aback.yaml
  mkfifo aback.yaml
  no_desired "'aback.yaml' is a pipe, and nobody writes to it"
}

@test "bad yaml: a pipe that somebody writes to is read" {
  start
  runs 0 aback validate -f <(sleep 0.2 && cat aback.yaml)
  mkfifo named
  cat aback.yaml >named 3>&- &
  runs 0 aback validate -f named
  # shellcheck disable=SC2002 # a pipe on purpose
  cat aback.yaml | runs 0 aback validate -f -
}

catches_int() { # PID: it is aback by now, and its handler is there
  grep -qx aback "/proc/$1/comm" &&
    [ $((0x$(sed -n 's/^SigCgt:[[:space:]]*//p' "/proc/$1/status") & 2)) -ne 0 ]
}

@test "bad yaml: waiting for a pipe can be interrupted" {
  write_desired '  []'
  mkfifo slow
  exec 8<>slow
  "$ABACK" validate -f slow >out.txt 2>err.txt 3>&- 8>&- &
  run_pid=$!
  wait_for 10 catches_int "$run_pid"
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  exec 8>&-
  [ "$rc" -eq 130 ]
  grep -q interrupted err.txt
}

@test "bad yaml: huge files, also those without an end" {
  start
  truncate -s 100G aback.yaml
  no_desired "'aback.yaml' is larger than 16 MiB"
  head -c 100000000 /dev/zero | tr '\0' '#' >aback.yaml
  no_desired "'aback.yaml' is larger than 16 MiB"
  rm aback.yaml
  ln -s /dev/zero aback.yaml
  no_desired "'aback.yaml' is larger than 16 MiB"
}

@test "bad yaml: empty, and nothing but comments" {
  start
  : >aback.yaml
  no_desired 'aback.yaml:1:1: error: the file is empty' 'aback init'
  printf '\n# only this\n\n' >aback.yaml
  no_desired 'the file is empty'
  printf -- '---\n...\n' >aback.yaml
  no_desired 'the file is empty'
  rm aback.yaml
  ln -s /dev/null aback.yaml
  no_desired 'the file is empty'
}

@test "bad yaml: binary" {
  start
  head -c 100000 /dev/urandom >aback.yaml
  no_desired 'aback.yaml:1:'
  head -c 1000000 "$ABACK" >aback.yaml
  no_desired 'unreadable text: a control character'
  gzip -c <"$ABACK" >aback.yaml
  no_desired 'aback.yaml:1:'
  head -c 3000 /dev/zero >aback.yaml
  no_desired 'a NUL byte: this is not a text file'
}

@test "bad yaml: text in another encoding" {
  start
  cp aback.yaml good.yaml
  iconv -t UTF-16 <good.yaml >aback.yaml
  no_desired 'UTF-16' 'save the file as UTF-8'
  { cat good.yaml && printf '# caf\xe9\n'; } >aback.yaml
  no_desired 'a byte that is not UTF-8' 'aback.yaml:8:6'
  { cat good.yaml && printf '# \xed\xa0\x80\n'; } >aback.yaml
  no_desired 'a byte that is not UTF-8'
}

# malformed TEXT [PART...]: the rules are this; the mistake has its place
malformed() {
  printf 'version: 1\n%b\n' "$1" >aback.yaml
  shift
  fails 1 aback plan -o plan.out || return 1
  grep -qE '^aback.yaml:[0-9]+:[0-9]+: error: ' err.txt || {
    cat err.txt
    return 1
  }
  said "$@" || return 1
  [ ! -e plan.out ] && [ ! -s sim.log ]
}

@test "bad yaml: malformed, each mistake with its place" {
  start
  malformed 'rules: [' 'malformed YAML' 'hint:'
  malformed 'rules: {' 'malformed YAML'
  malformed "rules: 'x" 'malformed YAML'
  malformed 'rules:\n\t- match: x' 'malformed YAML' 'tabs'
  malformed 'rules: &a [*a]'
  malformed 'rules: *nowhere'
  malformed 'rules: !!python/object:os.system x'
  malformed 'rules: []\nrules: []' 'rules'
  malformed '? [a, b]\n: c'
  malformed '--- x\n--- y'
  malformed 'rules: 3'
  malformed 'rules: null\ntargets: 7' 'targets'
  malformed '- a\n- b'
}

@test "bad yaml: nesting and aliases that blow up" {
  start
  { printf 'version: 1\nrules: ' && printf '[%.0s' {1..50000}; } >aback.yaml
  no_desired 'nested deeper than 64 levels'
  { printf 'version: 1\nrules: ' && printf -- '- %.0s' {1..50000}; } >aback.yaml
  fails 1 aback plan
  {
    echo 'a: &a0 [x, x, x, x, x, x, x, x, x, x]'
    for i in {1..30}; do
      echo "b$i: &a$i [*a$((i - 1)), *a$((i - 1)), *a$((i - 1)), *a$((i - 1))]"
    done
  } >aback.yaml
  fails 1 aback plan
  said 'aback.yaml:'
}

@test "bad yaml: very many rules, and very many mistakes, end in time" {
  start
  {
    cat aback.yaml
    yes '  - {match: {kind: cluster}, set: {port: 5432}}' | head -n 100000
  } >many.yaml
  runs 0 aback validate -f many.yaml
  sed -i 's/kind: cluster/kind: clustre/' many.yaml
  fails 1 aback validate -f many.yaml
  said "'cluster'" 'more'
  [ "$(wc -l <err.txt)" -lt 1000 ]
}

@test "bad yaml: names with blanks and line breaks" {
  start
  mkdir 'a dir'
  cp aback.yaml $'a dir/the\nfile.yaml'
  runs 0 aback validate -f $'a dir/the\nfile.yaml'
  refused 1 aback validate -f $'a dir/no\nfile\033[2J.yaml'
  not grep -q $'\033' err.txt
  [ "$(grep -c '^error:' err.txt)" -eq 1 ]
}

@test "bad yaml: an --only that matches nothing" {
  start
  for only in cluster/orderz instance/nothing cluster/orders:port \
    iam_role/nobody; do
    refused 1 aback plan -o plan.out --only "$only"
    said "$only"
  done
  for only in orders cluster/ /orders cluster/orders: clusterr/orders \
    cluster/orders:no_such_setting 'cluster/a b' 'cluster/%zz'; do
    refused 1 aback plan -o plan.out --only "$only"
    said "'$only'"
  done
  [ ! -e plan.out ]
}

@test "bad yaml: a --target that the file does not have" {
  start
  refused 1 aback plan --target prd
  said "'prd'" "'prod'"
  refused 1 aback plan --target ''
}
