#!/bin/bash
# What `make lint` checks; every check runs, and any finding fails.
set -u
cd "$(dirname "$0")/.." || exit 1
failed=0
check() { printf '%s\n' "lint: $1"; }
bad() { printf '%s\n' "$1" >&2; failed=1; }

mapfile -t sources < <(git ls-files --cached --others --exclude-standard '*.c')
mapfile -t headers < <(git ls-files --cached --others --exclude-standard '*.h')
mapfile -t layered < <(printf '%s\n' "${sources[@]}" |
  grep -E '^(core|state|plans|cmd)/')

check 'formatting (clang-format)'
clang-format --dry-run -Werror "${sources[@]}" "${headers[@]}" || failed=1

check 'includes go cmd -> plans -> state -> core'
direction() { # LAYER FORBIDDEN
  local found
  found=$(grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]+\"($2)/" \
    "$1"/*.[ch])
  [ -z "$found" ] || bad "an include that goes the wrong way:
$found"
}
direction core 'state|plans|cmd|tests'
direction state 'plans|cmd|tests'
direction plans 'cmd|tests'
direction cmd 'tests'

check 'one door for each foreign library'
door() { # HEADER ALLOWED
  local found
  found=$(grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]+<$1" \
    "${layered[@]}" "${headers[@]}" | grep -vE "^($2)$")
  [ -z "$found" ] || bad "<$1…> is included outside its door:
$found"
}
door 'curl/' 'core/http\.[ch]'
door 'openssl/' 'core/(crypto|signature)\.c'
door 'yaml\.h' 'core/yaml\.c'
door 'expat\.h' 'core/xml\.c'
door 'git2' 'state/git[a-z_]*\.[ch]'
door 'zlib\.h' 'state/git_loose\.c'

check 'each header compiles alone'
for header in "${headers[@]}"; do
  case $header in tests/*) continue ;; esac
  printf '#include "%s"\n' "$header" |
    gcc -std=gnu11 -Wall -Wextra -Werror -I. -D_GNU_SOURCE -x c \
      -fsyntax-only - || bad "$header does not compile alone"
done

check 'only cmd/ prints and only main exits'
prints=$(grep -nE '\b(printf|puts|putchar|perror)[[:space:]]*\(' \
  core/*.c state/*.c plans/*.c)
[ -z "$prints" ] || bad "printing outside cmd/:
$prints"

check 'clang-tidy'
printf '%s\n' "${sources[@]}" | grep -E '^(core|state|plans|cmd)/' |
  xargs -P "$(nproc)" -n 4 clang-tidy --quiet -p build 2>/dev/null |
  grep -E '(error|warning):' -A4 && bad 'clang-tidy has findings'

check 'cppcheck'
cppcheck --quiet --error-exitcode=1 --std=c11 -I. -D_GNU_SOURCE \
  --enable=warning,performance,portability --inline-suppr \
  --suppress=missingIncludeSystem --suppress=unknownMacro \
  --suppress=normalCheckLevelMaxBranches \
  -j "$(nproc)" core state plans cmd || bad 'cppcheck has findings'

check 'shellcheck'
mapfile -t scripts < <(git ls-files '*.sh' .ci/run docs/schedule/lambda/bootstrap)
shellcheck -x "${scripts[@]}" || failed=1
mapfile -t bats < <(git ls-files '*.bats' 'tests/cli/*.bash')
[ ${#bats[@]} -eq 0 ] || shellcheck -x -s bash -e SC1091,SC2016,SC2030,SC2031,SC2103,SC2129,SC2154 \
  "${bats[@]}" || failed=1

[ $failed -eq 0 ] && echo 'lint: clean'
exit $failed
