#!/bin/sh
# Install what is missing from Debian's packages: deps.sh GROUP...
# NO_INSTALL=1 prints the command and stops.
set -eu

# group, package, why
packages='
build gcc the C compiler
build libc6-dev the C library headers
build pkg-config finds the libraries
build libcurl4-openssl-dev HTTPS to AWS
build libssl-dev signatures and digests
build libjansson-dev JSON
build libgit2-dev the state repository
build libyaml-dev aback.yaml
build libexpat1-dev XML answers of AWS
build zlib1g-dev loose objects of the state repository
build libmicrohttpd-dev the bundled simulator
build ca-certificates verifying TLS
build tzdata time zones of freezes and windows
demo git reads the state repository, as people do
demo jq reads JSON in the demo and the tests
demo curl talks to the simulator in the demo and the tests
test libcmocka-dev unit tests
test bats command-line tests
test procps finds processes in the tests
test openssl makes certificates for servers of the tests
test openssh-client signs commits, and reaches a remote by ssh
test openssh-server serves a remote of the state repository by ssh
test gnupg signs commits
test groff-base judges the manual pages
test iproute2 shows what a process listens on
test python3 drives the simulator as AWS clients do
test python3-boto3 the AWS client that judges the simulator
test python3-jsonschema judges the JSON Schema
test python3-yaml reads aback.yaml for that judge
browser chromium shows the pages of --format html
browser chromium-driver drives it
browser poppler-utils reads what it prints
lint clang-format-14 formatting
lint clang-tidy-14 static checks
lint cppcheck static checks
lint shellcheck shell checks
valgrind valgrind memory checks
fuzz clang-14 builds the fuzzers
fuzz libclang-rt-14-dev runs the fuzzers
'

missing=
why=
for group in "$@"; do
  while read -r of package reason; do
    [ "$of" = "$group" ] || continue
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || status=
    if [ "$status" != installed ]; then
      missing="$missing $package"
      why="$why
  $package: $reason"
    fi
  done <<EOF
$packages
EOF
done
[ -n "$missing" ] || exit 0

command -v apt-get >/dev/null || {
  echo "missing, and this is not Debian:$missing" >&2
  exit 1
}
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
install="${sudo:+$sudo }apt-get install -y --no-install-recommends$missing"

echo "missing from this machine:$why"
if [ "${NO_INSTALL:-}" = 1 ]; then
  echo "NO_INSTALL=1, so nothing was installed. To install it:"
  echo "  $install"
  exit 1
fi
if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
  echo "not root, and there is no sudo. As root:" >&2
  echo "  apt-get install -y --no-install-recommends$missing" >&2
  exit 1
fi
echo "installing: $install"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -q
# shellcheck disable=SC2086 # a list of words on purpose
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -q \
  --no-install-recommends $missing
