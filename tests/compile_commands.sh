#!/bin/sh
# compile_commands.sh "COMMAND AND FLAGS" FILE...: a compilation database.
set -eu
flags=$1
shift
printf '[\n'
separator=
for file in "$@"; do
  printf '%s{"directory": "%s", "file": "%s", "command": "%s -c %s"}' \
    "$separator" "$PWD" "$file" \
    "$(printf %s "$flags" | sed 's/[\\"]/\\&/g')" "$file"
  separator=',
'
done
printf '\n]\n'
