# What the tests of kinds share.
load helpers

# begin RULES [OPTION...]: the fleet served, the file and the store there.
begin() {
  local rules=$1
  shift
  start_sim ${page_size:+--page-size "$page_size"} "$@"
  write_desired "$rules"
  "$ABACK" init >init.out 2>&1
}

# planned ALLOW...: the plan is made and applied, and the next one is empty.
planned() {
  runs 0 aback plan -o plan.json
  runs 0 aback apply plan.json --yes "$@"
  runs 0 aback plan --detailed-exitcode
}

# state FILTER: of the last change's result, by jq.
state() { result_of "$(change_id)" | jq -r "$1"; }
