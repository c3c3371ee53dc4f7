#!/bin/bash
# comment.sh: the page of plan.sh as one comment of the pull request, found again
# by its marker and by its author, and cut to what the host takes.
# GitHub: `gh` with GH_TOKEN, ABACK_PULL is the number. GitLab: `curl` with the
# token of ABACK_GITLAB_TOKEN, which may use the API.
set -euo pipefail
# shellcheck source=docs/ci/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

body=$out/body.md
url=$(run_url)
cut_page "$out/comment.md" $((comment_most - 300)) >"$body"
if [ -n "$url" ]; then
  printf '\n<sub>The plan file and the whole page are in the artifacts of [this run](%s).</sub>\n' \
    "$url" >>"$body"
fi

as_json() { jq -Rs '{body: .}' <"$body"; }

comment_github() {
  local base=repos/$GITHUB_REPOSITORY/issues id
  id=$(gh api --paginate "$base/$ABACK_PULL/comments?per_page=100" |
    jq -r --arg marker "$marker" \
      --arg author "${ABACK_COMMENT_AUTHOR:-github-actions[bot]}" '.[]
      | select(.user.login == $author and (.body | startswith($marker)))
      | .id' | sed -n 1p)
  if [ -n "$id" ]; then
    as_json | gh api -X PATCH "$base/comments/$id" --input - >/dev/null
  else
    as_json | gh api -X POST "$base/$ABACK_PULL/comments" --input - >/dev/null
  fi
}

# The token reaches curl by a descriptor, never by an argument.
gitlab() { # PATH [curl's arguments]
  local path=$1
  shift
  curl -sSf --retry 3 --config <(printf 'header = "PRIVATE-TOKEN: %s"\n' \
    "$ABACK_GITLAB_TOKEN") "$@" "$CI_API_V4_URL/$path"
}

comment_gitlab() {
  local notes=projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
  local me id='' page=1 count
  me=$(gitlab user | jq .id)
  while [ -z "$id" ]; do
    gitlab "$notes?per_page=100&page=$page" >"$out/notes.json"
    id=$(jq -r --arg marker "$marker" --argjson me "$me" '.[]
      | select(.author.id == $me and (.body | startswith($marker)))
      | .id' "$out/notes.json" | sed -n 1p)
    count=$(jq length "$out/notes.json")
    [ "$count" -eq 100 ] || break
    page=$((page + 1))
  done
  as_json >"$out/body.json"
  if [ -n "$id" ]; then
    gitlab "$notes/$id" -X PUT -H 'Content-Type: application/json' \
      --data-binary "@$out/body.json" >/dev/null
  else
    gitlab "$notes" -X POST -H 'Content-Type: application/json' \
      --data-binary "@$out/body.json" >/dev/null
  fi
}

if [ "${GITLAB_CI:-}" = true ]; then
  comment_gitlab
else
  comment_github
fi
