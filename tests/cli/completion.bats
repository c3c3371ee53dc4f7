#!/usr/bin/env bats
# Completion scripts, from the option rows.
load helpers

# complete WORD...: what bash offers for the last word.
complete_words() {
  bash -c '
    source <("$ABACK" completion bash)
    COMP_WORDS=(aback "$@")
    COMP_CWORD=$#
    _aback
    printf "%s\n" "${COMPREPLY[@]}"' _ "$@"
}

@test "completion: bash offers commands, options, choices and files" {
  complete_words pl | grep -qx plan
  diff <(complete_words '' | sort) <(commands | sort)
  complete_words plan --det | grep -qx -- --detailed-exitcode
  complete_words apply --format j | grep -qx json
  complete_words apply --allow re | grep -qx restart
  complete_words help back | grep -qx backout
  complete_words completion z | grep -qx zsh
  complete_words -f x.yaml pl | grep -qx plan
  touch plan.json
  complete_words apply pla | grep -qx plan.json
  complete_words plan -f pla | grep -qx plan.json
}

@test "completion: bash offers every option of every command" {
  for command in $(commands); do
    diff <(complete_words "$command" -- | sort) \
      <(aback help "$command" | sed -n '/^Options:/,/^$/s/^ *\(-., \)\?\(--[a-z-]*\).*/\2/p' |
        sort)
  done
}

@test "completion: scripts are accepted by their shells" {
  aback completion bash | bash -n
  for shell in zsh fish; do
    aback completion "$shell" >script
    [ -s script ]
    if command -v "$shell" >/dev/null; then "$shell" -n script; fi
  done
}

@test "completion: an unknown shell" {
  fails 1 aback completion tcsh
  said "'tcsh'" 'bash, zsh and fish'
}
