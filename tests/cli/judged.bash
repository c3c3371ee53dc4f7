# One simulator for a file of tests that clients judge which nobody here wrote.
# The file names its fleet, more options of the simulator, and its judge, a
# program of tests/sim.
root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
python=/usr/bin/python3

setup_file() {
  local tries=500
  cd "$BATS_FILE_TMPDIR" || return 1
  "${ABACK_SIM:-$root/build/release/aback-sim}" --port-file port \
    --log log.jsonl --fleet "$root/tests/data/fleets/$fleet" "${options[@]}" \
    --trail-delay-ms 0 --no-throttle >sim.out 2>&1 3>&- &
  echo $! >pid
  until [ -s port ]; do
    tries=$((tries - 1))
    if [ $tries -eq 0 ] || ! kill -0 "$(cat pid)" 2>/dev/null; then
      cat sim.out
      return 1
    fi
    sleep 0.02
  done
}

teardown_file() { kill "$(cat "$BATS_FILE_TMPDIR/pid")"; }

setup() {
  cd "$BATS_FILE_TMPDIR" || return 1
  url=http://127.0.0.1:$(cat port)
  export AWS_ACCESS_KEY_ID=AKIAABACKSIMULATOR01
  export AWS_SECRET_ACCESS_KEY=aback-simulator-secret-key
  export AWS_DEFAULT_REGION=eu-west-1 AWS_EC2_METADATA_DISABLED=true
  export HOME=$BATS_FILE_TMPDIR
}

# judged CASE...: boto3 has nothing to say against it.
judged() {
  "$python" -c 'import boto3' 2>/dev/null || skip "no python3-boto3"
  "$python" "$root/tests/sim/$judge" "$(cat port)" "$@"
}

aws_cli() { aws --endpoint-url "$url" --output json "$@"; }
needs_cli() { aws --version >/dev/null 2>&1 || skip "no AWS CLI"; }
