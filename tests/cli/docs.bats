#!/usr/bin/env bats
# README.md and docs/: what they say is so. Commands and options exist, links
# lead somewhere, tables of the code are whole, the README's transcript is what
# the tool says.
load helpers

pages() { find "$root/README.md" "$root/docs" -name '*.md' | sort; }

# Lines of a page's code blocks that are commands, prompts and comments off.
command_lines() {
  awk '/^```/ { inside = !inside; next } inside' "$1" |
    sed -e 's/^\$ //' -e 's/[[:space:]]#.*//' | grep -E "^(aback|make|git) " || true
}

@test "docs: every command of a code block exists, with its options" {
  aback help | sed -n '/^Options:/,/^$/p' >common.txt
  pages | while read -r page; do
    command_lines "$page" | sed -n 's/^aback //p' | while read -r command rest; do
      case $page:$command in
        # a synopsis, not a command line
        */docs/commands/*:*) continue ;;
      esac
      aback help "$command" >help.txt || { echo "$page: $command"; exit 1; }
      for word in $rest; do
        case $word in
          --*) option=${word%%=*} ;;
          -[a-z]) option="$word, --" ;;
          *) continue ;;
        esac
        grep -qE -- "^ .*$option" help.txt common.txt ||
          { echo "$page: aback $command $rest: no $word"; exit 1; }
      done
    done
  done
}

@test "docs: every make target of a code block exists" {
  make -s -C "$root" help >targets.txt
  pages | while read -r page; do
    command_lines "$page" | sed -n 's/^make //p' | while read -r words; do
      for word in $words; do
        case $word in -* | *=*) continue ;; esac
        grep -qE "^  $word( |$)" targets.txt ||
          { echo "$page: make $word"; exit 1; }
      done
    done
  done
}

# Anchors of a page as they are made from its headings.
anchors() {
  sed -n 's/^#\{1,6\} //p' "$1" | tr '[:upper:]' '[:lower:]' |
    sed -e 's/[^a-z0-9 _-]//g' -e 's/ /-/g'
}

@test "docs: links lead somewhere" {
  pages | while read -r page; do
    grep -oE '\]\([^) ]+\)' "$page" | sed -e 's/^](//' -e 's/)$//' |
      while read -r link; do
        case $link in http://* | https://* | mailto:*) continue ;; esac
        file=${link%%#*}
        [ -z "$file" ] && file=$page || file=$(dirname "$page")/$file
        [ -e "$file" ] || { echo "$page: $link"; exit 1; }
        case $link in
          *'#'*) anchors "$file" | grep -qx -- "${link#*#}" ||
            { echo "$page: $link: no such heading"; exit 1; } ;;
        esac
      done
  done
}

@test "docs: no page is left out of the README" {
  for page in "$root"/docs/*.md; do
    grep -q "(docs/$(basename "$page"))" "$root/README.md" ||
      { echo "$page"; return 1; }
  done
}

# shellcheck disable=SC2016 # backticks of Markdown
@test "docs: environment.md has the variables that are read, and no others" {
  {
    grep -rhoE '"AWS_[A-Z0-9_]+"' "$root"/core "$root"/cmd --include='*.c'
    grep -rhoE 'getenv\("[A-Z0-9_]+"\)' "$root"/core "$root"/cmd "$root"/state \
      --include='*.c' | grep -oE '"[A-Z0-9_]+"'
    grep -rhoE '"ABACK_[A-Z_]+"' "$root"/core "$root"/cmd "$root"/state \
      "$root"/plans --include='*.[ch]'
    # what others use, and is hidden
    grep -hoE '"(ACTIONS|GITHUB|GH|CI)_[A-Z_]+"' "$root"/cmd/main.c
    grep -hoE '"GIT_(AUTHOR|COMMITTER)_[A-Z]+"' "$root"/state/git_commit.c
    # one for each service: its .variable, else its .name
    sed -n '/endpoint_services\[ENDPOINT_SERVICES\] = /,/^};/p' \
      "$root/core/endpoint.c" | tr -d '\n\t' | grep -oE '[{] ?[.][^}]*[}]' |
      sed -E 's/.*[.]variable = "([A-Z_]+)".*/\1/; s/.*[.]name = "([a-z0-9]+)".*/\1/' |
      tr '[:lower:]' '[:upper:]' | sed 's/^/AWS_ENDPOINT_URL_/'
  } | tr -d '"' | sort -u >read.txt
  grep -oE '`[A-Z][A-Z0-9_]+`' "$root/docs/environment.md" | tr -d '`' |
    grep -vxE 'HTTPS_PROXY|NO_PROXY|GIT_CONFIG_(GLOBAL|SYSTEM)|GIT_SSH_COMMAND' | sort -u >documented.txt
  diff read.txt documented.txt
}

# shellcheck disable=SC2016 # backticks of Markdown
@test "docs: errors.md has every code, with its exit code and title" {
  sed -n 's/^\tX(\(ERR_[A-Z_]*\), \([0-9]*\), "\(.*\)").*/| `\1` | \2 | \3 |/p' \
    "$root/core/error.h" | grep -v ERR_NONE >rows.txt
  [ "$(wc -l <rows.txt)" -gt 20 ]
  while read -r row; do
    grep -qF "$row" "$root/docs/errors.md" || { echo "$row"; return 1; }
  done <rows.txt
  [ "$(grep -c '^| `ERR_' "$root/docs/errors.md")" -eq "$(wc -l <rows.txt)" ]
}

# exit_codes: "code words" a line, without markup.
exit_codes() {
  tr -d '`'"'" | tr -s ' \n' '  ' |
    grep -oE '(0 done|1 error|2 found|3 refused|4 not all done|130 interrupted)' |
    sort -un
}

@test "docs: the exit codes are the same everywhere" {
  aback help | exit_codes >want.txt
  [ "$(wc -l <want.txt)" -eq 6 ]
  sed 's/|//g' "$root/docs/commands/README.md" | exit_codes | diff want.txt -
  sed 's/|//g' "$root/docs/errors.md" | exit_codes | diff want.txt -
  aback help --man | exit_codes | diff want.txt -
  # and those of errors are among them
  sed -n 's/^\tX(ERR_[A-Z_]*, \([0-9]*\),.*/\1/p' "$root/core/error.h" |
    sort -un | while read -r code; do grep -q "^$code " want.txt; done
}

# What differs from run to run.
same() {
  sed -E -e 's/[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}/CHANGE/g' \
    -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]+Z/TIME/g' "$@"
}

# in_order TRANSCRIPT OUTPUT: its lines are in the output, one after another;
# a line with … alone stands for any.
in_order() {
  awk 'NR == FNR { out[++n] = $0; next }
    $0 == "…" { gap = 1; next }
    { at++
      while (gap && at <= n && out[at] != $0) at++
      gap = 0
      if (out[at] != $0) { print "not said: " $0; print "but: " out[at]; exit 1 }
    }' "$2" "$1"
}

@test "docs: the README's transcript is what the tool says" {
  cp "$root/tests/data/fleets/demo.json" fleet.json
  start_sim
  cp "$root/tests/data/desired/readme.yaml" aback.yaml
  awk '/^```yaml/ { inside = 1; next } /^```/ { inside = 0 } inside' \
    "$root/README.md" | diff aback.yaml -
  aback init >/dev/null 2>&1
  same "$root/README.md" | awk '/^```console/ { inside = 1; next }
    /^```/ { inside = 0 } inside' >transcript.txt
  [ "$(grep -c '^\$ aback' transcript.txt)" -eq 3 ]
  i=0
  sed -n 's/^\$ aback //p' transcript.txt >commands.txt
  while read -r line; do
    i=$((i + 1))
    awk -v i=$i '/^\$ /{ n++; next } n == i' transcript.txt >said.txt
    eval "\"\$ABACK\" $line" </dev/null 2>&1 | same >out.txt
    in_order said.txt out.txt || { echo "in: aback $line"; cat out.txt; return 1; }
  done <commands.txt
}

@test "docs: README is short" {
  [ "$(wc -l <"$root/README.md")" -lt 185 ]
  awk 'length > 88 { print FILENAME ": " $0; bad = 1 } END { exit bad }' \
    <(grep -v '^|' "$root/README.md")
}

# shellcheck disable=SC2016 # backticks of Markdown
@test "docs: files that are named are there" {
  pages | while read -r page; do
    grep -oE '`(tests|core|state|plans|cmd|docs)/[^` *<$]+`' "$page" | tr -d '`' |
      while read -r file; do
        [ -e "$root/$file" ] || { echo "$page: $file"; exit 1; }
      done
  done
}
