#!/usr/bin/env bats
# `make demo` as on a machine that has nothing but what its set-up installs.
load helpers

@test "demo: there and back, with no other client than curl to look at it" {
  PATH=/usr/bin:/bin
  ! command -v aws || skip 'the AWS CLI is among the system programs'
  runs 0 "$BATS_TEST_DIRNAME/../demo.sh" "$ABACK_BUILD"
  has "$output" 'no difference'
}
