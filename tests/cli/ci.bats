#!/usr/bin/env bats
# docs/ci: the action's steps run as shell, from the checkout to the comment.
load helpers
load served

ci=$root/docs/ci

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return 1
  write_fleet
  serve_all --fleet fleet.json --settle-ms 50
}

# What GitHub's `gh` is asked here, with comments in a file. Two of them are not
# ours: one of a person who quotes the marker, one of the bot about another file.
fake_gh() {
  mkdir -p fake
  cat >fake/gh <<'END'
#!/bin/bash
set -eu
echo "$*" >>"$FAKE/gh.log"
[ "${GH_TOKEN:-}" = gh-token ] || { echo 'HTTP 401' >&2; exit 4; }
case "$*" in
  *--paginate*/issues/42/comments*) # a page each
    jq -c '.[:1]' "$FAKE/comments.json"; jq -c '.[1:]' "$FAKE/comments.json" ;;
  *"-X POST repos/acme/db/issues/42/comments "*)
    jq --argjson new "$(cat)" '. + [$new
      + {id: (length + 100), user: {login: "github-actions[bot]"}}]' \
      "$FAKE/comments.json" >"$FAKE/new.json"
    mv "$FAKE/new.json" "$FAKE/comments.json" ;;
  *"-X PATCH repos/acme/db/issues/comments/"*)
    jq --argjson new "$(cat)" --argjson id "$(grep -oE 'comments/[0-9]+' <<<"$*" |
      cut -d/ -f2)" 'map(if .id == $id then . + $new else . end)' \
      "$FAKE/comments.json" >"$FAKE/new.json"
    mv "$FAKE/new.json" "$FAKE/comments.json" ;;
  *) echo "gh: what is: $*" >&2; exit 1 ;;
esac
END
  chmod +x fake/gh
  cat >fake/comments.json <<'END'
[{"id": 7, "user": {"login": "mallory"}, "body": "<!-- aback plan of aback.yaml -->"},
 {"id": 8, "user": {"login": "github-actions[bot]"}, "body": "<!-- aback plan of b.yaml -->"}]
END
  export FAKE=$PWD/fake
}

ours() { # the comments that are not those two
  jq -r '.[2:][].body' "$FAKE/comments.json"
}

# A repository of code, cloned as CI does, with a store; the pull request wants
# retention of $1 days for users.
checkout() {
  at_served
  PATH=$(dirname "$ABACK"):$PATH
  fake_gh
  PATH=$FAKE:$PATH
  git init -q --bare -b main code.git
  git init -q --bare store-remote.git
  git clone -q code.git work 2>/dev/null
  cd work || return 1
  write_desired "  - match: {kind: cluster, id: orders}
    set: {port: 5432}"
  sed -i "s|repository: ./store.git|repository: ../store.git, remote: \"$BATS_TEST_TMPDIR/store-remote.git\"|" aback.yaml
  echo aback-ci/ >.gitignore
  "$ABACK" init >/dev/null 2>&1
  commit 'Begin'
  write_rule "$1"
}

write_rule() { # DAYS
  sed -i '/^rules:/q' aback.yaml
  printf '  - name: keep\n    match: {kind: cluster, id: users}\n    set: {backup_retention_period: %s}\n' \
    "$1" >>aback.yaml
}

commit() { # SUBJECT
  git add -A
  git commit -q -m "$1"
  git push -q origin HEAD:main
}

# action COMMAND [NAME=VALUE...]: the action in a pull request.
action() {
  local command=$1
  shift
  : >"$BATS_TEST_TMPDIR/summary.md"
  runs "${want:-0}" env GITHUB_ACTIONS=true GITHUB_REPOSITORY=acme/db \
    GITHUB_RUN_ID=99 GITHUB_WORKSPACE="$PWD" \
    GITHUB_STEP_SUMMARY="$BATS_TEST_TMPDIR/summary.md" \
    /usr/bin/python3 "$BATS_TEST_DIRNAME/ci_steps.py" "$ci/action.yml" \
    "inputs.command=$command" github.event.pull_request=True \
    github.event.pull_request.number=42 github.token=gh-token "$@"
}

judge() {
  /usr/bin/python3 -c 'import yaml' 2>/dev/null ||
    skip 'python3-yaml is missing'
}

@test "ci: the files are YAML, and use what is there" {
  judge
  for file in "$ci"/*.yml "$ci"/github/*.yml; do
    /usr/bin/python3 -c 'import sys, yaml
yaml.safe_load(open(sys.argv[1]))' "$file"
    grep -oE '(\$ACTION|\$ABACK_CI)/[a-z]+\.sh' "$file" | cut -d/ -f2 |
      while read -r script; do
        [ -x "$ci/$script" ] || { echo "$file: $script"; exit 1; }
      done
  done
  # nothing of a pull request is put into a script by GitHub itself
  run grep -rnE '^ +(run: .*|[^#:]*)\$\{\{ *(github\.(head|event\.pull)|inputs)' \
    --include='*.yml' "$ci"/github
  [ "$status" -ne 0 ] || grep -vE 'concurrency|group:|^[^:]+:[0-9]+: +[a-z_]+: ' \
    <<<"$output" | not grep .
}

@test "ci: every action that is used has a version" {
  grep -rhE '^ *(- )?uses:' "$ci" --include='*.yml' | not grep -vE '@[A-Za-z0-9]'
}

@test "ci: a pull request gets one comment, which is kept up to date" {
  judge
  checkout 14
  commit 'Keep backups for 14 days'
  action plan
  [ "$(ours | grep -c '^<!-- aback plan of aback.yaml -->$')" -eq 1 ]
  [[ $(ours) == *'## aback plan: 1 change to 1 resource'*'backup_retention_period'*'<details>'*'aback plan -o plans/NAME.json'*'(https://github.com/acme/db/actions/runs/99)'* ]]
  grep -q '^## aback plan: 1 change' "$BATS_TEST_TMPDIR/summary.md"
  jq -e '.format == "aback-plan/1"' aback-ci/plan.json
  # again, with another value: the same comment
  write_rule 21
  commit 'Rather 21'
  action plan
  [ "$(jq length "$FAKE/comments.json")" -eq 3 ]
  [[ $(ours) == *'21 days'* ]]
  [[ $(ours) != *'14 days'* ]]
  jq -e '.[0].user.login == "mallory" and (.[0].body | length) < 50' \
    "$FAKE/comments.json"
  not grep -q gh-token "$FAKE/gh.log"
}

@test "ci: a pull request that changes nothing says so" {
  judge
  checkout 7
  commit 'Keep it'
  action plan
  [[ $(ours) == *'## aback plan: no changes'* ]]
  [[ $(ours) != *'NAME.json'* ]]
}

@test "ci: a plan that is brought is shown, and refused once live has moved" {
  judge
  checkout 15
  mkdir plans
  aback plan -o plans/one.json >/dev/null 2>&1
  commit 'Keep backups for 15 days'
  action plan
  # shellcheck disable=SC2016 # backticks of Markdown
  [[ $(ours) == *'### `plans/one.json`'*'It fits live now.'*'15 days'* ]]
  poke cluster/users '{"BackupRetentionPeriod": 9}'
  want=2 action plan
  said '::error file=plans/one.json::the plan no longer fits; plan again'
  [[ $(ours) == *'It no longer fits; plan again.'* ]]
  poke cluster/users '{"BackupRetentionPeriod": 7}'
  # and so is one that was made from another file, or edited
  write_rule 16
  sed -i 's/"15"/"35"/' plans/one.json
  commit 'Edit'
  want=3 action plan
  said '::error file=plans/one.json::error%3A cannot read the plan'
}

@test "ci: a page that is too long is cut, with a count and a pointer" {
  judge
  checkout 14
  commit 'Keep backups for 14 days'
  export ABACK_COMMENT_MOST=1600 ABACK_SUMMARY_MOST=1400
  action plan
  [ "$(ours | wc -c)" -le 1600 ]
  [ "$(wc -c <"$BATS_TEST_TMPDIR/summary.md")" -le 1400 ]
  for page in <(ours) "$BATS_TEST_TMPDIR/summary.md"; do
    grep -qE '… \*\*[0-9]+ lines more do not fit here\*\*; all of them are in the artifacts of \[this run\]\(https://github.com/acme/db/actions/runs/99\)' \
      "$page"
  done
  [ "$(ours | sed -n 2p)" = '## aback plan: 1 change to 1 resource' ]
}

@test "ci: a cut inside of a fold or of code closes it, so that the count is seen" {
  # shellcheck disable=SC1090
  source "$ci/lib.sh"
  { echo '<details><summary>a</summary>'; echo '<pre>'; seq 1 2000; echo '</pre>'; echo '</details>'; } >page.md
  cut_page page.md 2000 >cut.md
  [ "$(wc -c <cut.md)" -le 2000 ]
  tail -n 6 cut.md | head -n 3 >end.txt
  printf '</pre>\n\n</details>\n' | diff - end.txt
  grep -qE '^… \*\*1[0-9]{3} lines more' cut.md
}

@test "ci: a step of many plans has ten annotations, and says that there is more" {
  # shellcheck disable=SC1090
  export GITHUB_ACTIONS=true
  source "$ci/lib.sh"
  for i in $(seq 12); do annotate error "plans/$i.json" refused; done 2>err.txt
  [ "$(grep -c '^::error' err.txt)" -eq 10 ]
  [ "$(grep -c 'and maybe more' err.txt)" -eq 1 ]
}

@test "ci: mistakes of the file are annotations of its lines, and a comment" {
  judge
  checkout '"many, 100%"'
  commit 'A mistake'
  want=1 action plan
  said '::error file=aback.yaml,line='
  [[ $(ours) == *'failed'*'    aback.yaml:'* ]]
  # no workflow command on a page
  [[ $(ours) != *'::error'* ]]
}

@test "ci: annotations are at most ten, escaped, and only in GitHub Actions" {
  checkout 14
  for i in $(seq 12); do
    printf '  - match: {kind: cluster, id: "%s"}\n    set: {"a%%:,%s": true}\n' "$i" "$i"
  done >>aback.yaml
  mkdir -p 'odd,dir:100%'
  cp aback.yaml 'odd,dir:100%/'
  runs 1 env GITHUB_ACTIONS=true GITHUB_WORKSPACE="$PWD" "$ABACK" validate \
    -f 'odd,dir:100%/aback.yaml'
  [ "$(grep -c '^::error file=odd%2Cdir%3A100%25/aback.yaml,line=[0-9]*,col=[0-9]*::' <<<"$output")" -eq 10 ]
  said "'a%25:,1'" '%0Aand 2 more mistakes: see the log'
  env GITHUB_ACTIONS=true "$ABACK" validate 2>/dev/null | not grep .
  runs 1 "$ABACK" validate
  not grep -q '^::' <<<"$output"
  GITHUB_ACTIONS=true runs 1 "$ABACK" validate --log-format json
  not grep -q '^::' <<<"$output"
}

@test "ci: what was merged is applied, once, and drift is found afterwards" {
  judge
  checkout 17
  mkdir plans
  aback plan -o plans/one.json >/dev/null 2>&1
  commit 'Keep backups for 17 days'
  action apply inputs.options='--deadline 5m'
  [ "$(live_value clusters users BackupRetentionPeriod)" = 17 ]
  grep -q backup_retention_period "$BATS_TEST_TMPDIR/summary.md"
  # a job that is run again
  want=3 action apply
  said '::error file=plans/one.json::error%3A '
  action drift
  poke cluster/users '{"BackupRetentionPeriod": 7}'
  want=2 action drift
  said '::error file=aback.yaml::live differs from what was recorded'
  grep -q backup_retention_period "$BATS_TEST_TMPDIR/summary.md"
}

@test "ci: a merge without a plan applies nothing" {
  checkout 18
  commit 'No plan'
  runs 0 "$ci/apply.sh"
  said 'no plan was merged'
  [ "$(live_value clusters users BackupRetentionPeriod)" = 7 ]
}

@test "ci: options of the action are words, and run nothing" {
  judge
  checkout 19
  mkdir plans
  aback plan -o plans/one.json >/dev/null 2>&1
  commit 'Plan'
  want=1 action apply inputs.options='--allow $(touch planted); touch planted'
  [ ! -e planted ]
}

@test "ci: install takes the one that is there, and only what is expected" {
  PATH=$(dirname "$ABACK"):$PATH runs 0 "$ci/install.sh"
  said aback
  printf '#!/bin/sh\n' >file
  ABACK=aback-that-is-missing ABACK_URL=file://$PWD/file ABACK_SHA256=00 \
    RUNNER_TEMP=$PWD run "$ci/install.sh"
  [ "$status" -ne 0 ]
  [ ! -e aback-bin/aback ]
}

# ---- GitLab ------------------------------------------------------------------

@test "ci: a merge request of GitLab gets one note, and its reports" {
  checkout 14
  commit 'Keep backups for 14 days'
  python3 "$BATS_TEST_DIRNAME/gitlab_api.py" ../api_port ../api.log \
    >../api.out 2>&1 3>&- &
  # shellcheck disable=SC2034 # teardown ends it
  run_pid=$!
  wait_for 10 test -s ../api_port
  export GITLAB_CI=true CI_PROJECT_ID=7 CI_MERGE_REQUEST_IID=3 \
    ABACK_GITLAB_TOKEN=gitlab-token CI_JOB_URL=https://gitlab.example/j/1
  CI_API_V4_URL=http://127.0.0.1:$(cat ../api_port)/api/v4
  export CI_API_V4_URL
  for _ in 1 2; do
    runs 0 "$ci/plan.sh"
    runs 0 "$ci/comment.sh"
  done
  jq -se '[.[] | select(.method != "GET") | .method + " " + .path]
    == ["POST /api/v4/projects/7/merge_requests/3/notes",
        "PUT /api/v4/projects/7/merge_requests/3/notes/121"]
    and (.[-1].body | contains("14 days") and contains("gitlab.example/j/1"))' \
    ../api.log
  "$ci/report.sh" plan aback-ci/plan.json | jq -e '. == {create: 0, update: 1, delete: 0}'
  jq -e '. == []' aback-ci/gl-code-quality-report.json
  write_rule '"many"'
  runs 1 "$ci/plan.sh"
  jq -e '.[0] | .location.path == "aback.yaml" and .location.lines.begin > 5
    and .severity == "blocker" and (.fingerprint | length) > 9' \
    aback-ci/gl-code-quality-report.json
}

@test "ci: a review as reports of GitLab" {
  checkout 14
  runs 2 "$ABACK" review --no-record --no-events --format json -o review.json
  "$ci/report.sh" junit review.json >junit.xml
  /usr/bin/python3 - <<'END'
import xml.etree.ElementTree as tree
suite = tree.parse("junit.xml").getroot()[0]
assert int(suite.get("tests")) == len(suite) > 20
assert any(case.find("failure") is not None for case in suite)
assert any(len(case) == 0 for case in suite)
END
  "$ci/report.sh" findings review.json | jq -e 'length > 0
    and all(.location.lines.begin >= 1) and (map(.fingerprint) | unique | length) == length'
  runs 1 "$ci/report.sh" other review.json
}
