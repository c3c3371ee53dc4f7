#!/usr/bin/env bats
# Help, man pages and docs/commands: all of them from the option rows.
load helpers

@test "help: every way to it, on stdout" {
  runs 0 aback help
  said 'Usage: aback' 'Commands:'
  aback --help 2>err.txt >out.txt
  [ ! -s err.txt ]
  diff <(aback help) out.txt
  for command in $(commands); do
    diff <(aback help "$command") <(aback "$command" --help)
    diff <(aback help "$command") <(aback "$command" -h)
  done
}

@test "help: fits 80 columns" {
  for command in '' $(commands); do
    # shellcheck disable=SC2086 # no command is no word
    aback help $command | awk -v c="$command" 'length > 80 && !/^ *aback / { print c ": " $0; bad = 1 } END { exit bad }'
  done
}

@test "help: lists what there is" {
  for command in init validate review plan show apply backout verify drift release resume history \
    policy sign keygen whoami state schema completion version help; do
    commands | grep -qx "$command"
  done
}

@test "help: each option of a synopsis is a row and each row is explained" {
  for command in $(commands); do
    aback help "$command" >help.txt
    sed '/^$/q' help.txt | grep -o -- '--[a-z-]*' | while read -r option; do
      grep -qE -- "^ .*$option( |$)" <(sed -n '/^Options:/,/^$/p' help.txt) ||
        { echo "$command: $option"; exit 1; }
    done
  done
}

@test "help: an unknown command" {
  fails 1 aback help plna
  said "did you mean 'aback plan'?"
}

@test "help: docs/commands are what the tool says" {
  "$root/tests/docs.sh" "$ABACK_BUILD" "$PWD/docs" >/dev/null
  diff -r "$root/docs/commands" docs/commands
  diff "$root/docs/settings.md" docs/settings.md
  diff "$root/docs/errors.md" docs/errors.md
}

@test "help: man pages are good roff" {
  command -v groff >/dev/null || skip 'groff is not installed'
  for command in '' $(commands); do
    # shellcheck disable=SC2086 # no command is no word
    aback help --man $command >page.1
    groff -man -ww -Tascii -P-cbou page.1 2>warnings.txt >page.txt
    [ ! -s warnings.txt ] || { cat warnings.txt; return 1; }
    grep -q NAME page.txt
  done
}

@test "version: from the command and the option" {
  runs 0 aback version
  [[ $output == 'aback '[0-9]* ]]
  [ "$(aback --version)" = "$output" ]
}

@test "install: tool, man pages and completions, and away again" {
  "$root/tests/install.sh" install "$ABACK_BUILD" "$PWD/prefix"
  prefix/bin/aback version
  [ -s prefix/share/man/man1/aback.1 ]
  [ -s prefix/share/man/man1/aback-backout.1 ]
  [ -s prefix/share/bash-completion/completions/aback ]
  [ -s prefix/share/doc/aback/aback-yaml.md ]
  [ -s prefix/lib/systemd/user/aback-expired.timer ]
  "$root/tests/install.sh" uninstall "$ABACK_BUILD" "$PWD/prefix"
  [ -z "$(find prefix -type f)" ]
}
