#!/bin/bash
# report.sh KIND FILE: a report of GitLab, from what aback wrote.
#   plan      FILE is a plan: reports:terraform, counts in the merge request
#   mistakes  FILE is stderr of --log-format json: reports:codequality
#   findings  FILE is a review as JSON: reports:codequality
#   junit     FILE is a review as JSON: reports:junit, a case for each control
set -euo pipefail

desired=${ABACK_FILE:-aback.yaml}
kind=$1
file=$2

# one entry of Code Quality; the fingerprint tells whether it is known already
# shellcheck disable=SC2016 # variables of jq
quality='
  def entry($check; $severity; $text; $path; $line; $id):
    {check_name: $check, description: $text, severity: $severity,
     fingerprint: $id,
     location: {path: $path, lines: {begin: ([$line // 1, 1] | max)}}};
  def severity: {critical: "blocker", high: "critical", medium: "major",
    low: "minor", info: "info"}[.] // "major";'

case $kind in
  plan)
    jq '{create: 0, update: (.changes | length), delete: 0}' "$file"
    ;;
  mistakes)
    jq -s "$quality"' map(select(.level == "error" and .file and .line)
      | entry("aback-yaml"; "blocker"; .message; .file; .line;
              [.file, .message] | join(" ") | @base64))' "$file"
    ;;
  findings)
    jq --arg path "$desired" "$quality"' [.findings[]
      | select(.status == "failed")
      | entry(.control; .severity | severity; .address + ": " + .message;
              $path; .rule.line?; .id)]' "$file"
    ;;
  junit)
    jq -r '
      def attribute: tostring | @html;
      . as $review
      | "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<testsuites><testsuite name=\"aback review\" tests=\"\(.controls | length)\">",
        (.controls[] as $control
          | [$review.findings[]
             | select(.control == $control.id and .status == "failed")] as $found
          | "<testcase classname=\"\($control.kind | attribute)\" name=\"\($control.id | attribute)\">",
            (if $found != [] then
               "<failure message=\"\($found | length) failed\">",
               ($found[] | "\(.target) \(.address): \(.message)" | @html),
               "</failure>"
             elif $control.unread > 0 then
               "<error message=\"\($control.unread) could not be read\"/>"
             elif $control.passed + $control.waived == 0 then "<skipped/>"
             else empty end),
            "</testcase>"),
        "</testsuite></testsuites>"' "$file"
    ;;
  *)
    echo "report.sh: plan, mistakes, findings or junit, not '$kind'" >&2
    exit 1
    ;;
esac
