# One simulator for all tests of a file.

# serve_all [OPTION...]: in setup_file, of the fleet in this folder.
serve_all() {
  "$ABACK_SIM" --port-file port --log sim.log --no-throttle "$@" \
    >sim.out 2>&1 3>&- &
  echo $! >sim.pid
  wait_for 10 test -s port
}

teardown_file() {
  kill "$(cat "$BATS_FILE_TMPDIR/sim.pid")" 2>/dev/null || true
}

# at_served: it is what aback talks to from here on.
at_served() {
  endpoint=http://127.0.0.1:$(cat "$BATS_FILE_TMPDIR/port")
  export AWS_ENDPOINT_URL=$endpoint
}
