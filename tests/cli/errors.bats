#!/usr/bin/env bats
# Every error names what, where, why and what to do next.
load helpers

@test "errors: they go to stderr, and stdout stays empty" {
  for command in 'validate -f none.yaml' 'show none.json' 'apply none.json' \
    'plan -f none.yaml' 'frobnicate' 'history --state none.git'; do
    # shellcheck disable=SC2086 # a line of words on purpose
    fails 1 aback $command
    [ ! -s out.txt ]
  done
}

@test "errors: each that names a command to run names one that exists" {
  grep -rhoE "('|(with|next|to): )aback [a-z]+" "$root"/cmd/*.c "$root"/plans/*.c \
    "$root"/state/*.c "$root"/core/*.c | sed 's/.*aback //' | sort -u >named.txt
  [ "$(wc -l <named.txt)" -gt 10 ]
  commands | sort >commands.txt
  not grep -vxFf commands.txt named.txt
}

@test "errors: as JSON they have the same parts" {
  start
  sed -i 's/123456789012/210987654321/' aback.yaml
  aback plan --log-format json >out.txt 2>err.txt && return 1
  jq -es 'any(.level == "error" and (.code | startswith("ERR_"))
    and (.message | length) > 0)' err.txt
}

@test "errors: an AWS message cannot act on the terminal" {
  start
  fault '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
          "to": 99, "fault": "error", "status": 400, "code": "InvalidParameterValue",
          "message": "\u001b[2Jno\u0007"}'
  fails 1 aback plan
  not grep -q $'[\033\a]' err.txt
}

@test "errors: interrupted while reading" {
  start
  fault '{"service": "rds", "action": "DescribeDBClusters", "from": 1,
          "to": 9, "fault": "hang", "ms": 60000}'
  "$ABACK" plan -o plan.json >out.txt 2>err.txt 3>&- &
  run_pid=$!
  wait_for 20 grep -q DescribeDBClusters sim.log
  kill -INT "$run_pid"
  rc=0
  wait "$run_pid" || rc=$?
  run_pid=
  [ "$rc" -eq 130 ]
  [ ! -e plan.json ]
}
