# shellcheck shell=bash disable=SC2034
# What the scripts of docs/ci share; read by them, not run.
# Variables that may be set: ABACK (the program), ABACK_FILE (the desired
# state), ABACK_PLANS (the folder of plans that are merged), ABACK_NAME (tells
# comments of several files apart), ABACK_OUT (where results are left).

aback=${ABACK:-aback}
desired=${ABACK_FILE:-aback.yaml}
plans=${ABACK_PLANS:-plans}
out=${ABACK_OUT:-aback-ci}
name=$(printf '%s' "${ABACK_NAME:-$desired}" | tr -c 'A-Za-z0-9._/-' '-')
marker="<!-- aback plan of $name -->"
mkdir -p "$out"

# GitHub's limits: of a summary 1 MiB, of a comment 65,536 characters.
summary_most=${ABACK_SUMMARY_MOST:-1048576}
comment_most=${ABACK_COMMENT_MOST:-65536}

run_url() {
  if [ -n "${GITHUB_RUN_ID:-}" ]; then
    echo "${GITHUB_SERVER_URL:-https://github.com}/${GITHUB_REPOSITORY:-}/actions/runs/$GITHUB_RUN_ID"
  else
    echo "${CI_JOB_URL:-}"
  fi
}

# cut FILE BYTES: the file, or as many of its lines as fit, with how many do not
# and where all of them are. What the cut leaves open is closed.
cut_page() {
  local url
  if [ "$(wc -c <"$1")" -le "$2" ]; then
    cat "$1"
    return
  fi
  url=$(run_url)
  LC_ALL=C awk -v most=$(($2 - 500)) -v url="$url" '
    !full && used + length($0) + 1 <= most {
      print
      used += length($0) + 1
      folds += gsub(/<details>/, "&") - gsub(/<\/details>/, "&")
      code += gsub(/<pre>/, "&") - gsub(/<\/pre>/, "&")
      next
    }
    { full = 1; left++ }
    END {
      if (code > 0) print "</pre>"
      while (folds-- > 0) print "\n</details>"
      printf "\n\n… **%d lines more do not fit here**; all of them are in " \
        "the artifacts of %s\n", left, url ? "[this run](" url ")" : "this run"
    }' "$1"
}

# summary FILE: onto the page of the job. Earlier steps have limits of their own.
summary() {
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    cut_page "$1" "$summary_most" >>"$GITHUB_STEP_SUMMARY"
  fi
}

# output NAME VALUE: for later steps.
output() {
  if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"
  fi
}

# escaped TEXT: as a workflow command takes it, also in its properties.
escaped() {
  local text=${1//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  text=${text//:/%3A}
  printf '%s' "${text//,/%2C}"
}

# annotate error|warning FILE TEXT: beside a file, where GitHub shows it. It
# shows ten of a step and drops the rest: the tenth says that there is more.
annotated=0
annotate() {
  local more=
  annotated=$((annotated + 1))
  if [ "${GITHUB_ACTIONS:-}" != true ] || [ "$annotated" -gt 10 ]; then
    return
  fi
  if [ "$annotated" -eq 10 ]; then more=$'\nand maybe more: see the page of the job'; fi
  printf '::%s file=%s::%s\n' "$1" "$(escaped "$2")" "$(escaped "$3$more")" >&2
}

# failed_page TITLE LOG: what a command said, as code that cannot act on a page.
failed_page() {
  printf '## aback: %s\n\n' "$1"
  grep -v '^::' "$2" | sed 's/^/    /' || true
}

# new_plans BASE: plan files that came since that commit, a name each with NUL.
new_plans() {
  git diff --name-only -z --no-renames --diff-filter=AM "$1" HEAD -- \
    ":(glob)$plans/**/*.json"
}
