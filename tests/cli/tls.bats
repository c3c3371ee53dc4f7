#!/usr/bin/env bats
# TLS is always verified: the chain, and the name.
load helpers

# relay NAME: TLS in front of the simulator, with a certificate for NAME.
relay() {
  command -v openssl >/dev/null || skip 'openssl is missing'
  command -v python3 >/dev/null || skip 'python3 is missing'
  openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem \
    -days 2 -subj '/CN=test' -addext "subjectAltName=$1" 2>/dev/null
  python3 "$BATS_TEST_DIRNAME/tls_relay.py" cert.pem key.pem "$(cat port)" \
    tls_port >relay.out 2>&1 3>&- &
  # shellcheck disable=SC2034 # teardown ends it
  run_pid=$!
  wait_for 10 test -s tls_port
  AWS_ENDPOINT_URL=https://127.0.0.1:$(cat tls_port)
  export AWS_ENDPOINT_URL
}

@test "tls: a certificate that AWS_CA_BUNDLE vouches for is good" {
  start
  relay IP:127.0.0.1
  AWS_CA_BUNDLE=$PWD/cert.pem runs 0 aback plan
  said deletion_protection
}

@test "tls: a certificate that nobody vouches for is refused, and once" {
  start
  relay IP:127.0.0.1
  fails 1 aback plan -v
  said 'certificate' 'AWS_CA_BUNDLE'
  not grep -q 'attempt 2' err.txt
  [ ! -s sim.log ]
}

@test "tls: a certificate for another name is refused" {
  start
  relay DNS:rds.example.com
  AWS_CA_BUNDLE=$PWD/cert.pem fails 1 aback plan
  said 'SSL' 'AWS_CA_BUNDLE'
  [ ! -s sim.log ]
}

@test "tls: a CA bundle that is not there is said" {
  start
  AWS_CA_BUNDLE=$PWD/none.pem fails 1 aback plan
  said "cannot read the CA bundle '$PWD/none.pem'"
}

@test "tls: an https endpoint that speaks plain HTTP is an error" {
  start
  AWS_ENDPOINT_URL=https://127.0.0.1:$(cat port) fails 1 aback plan
  said 'cannot reach'
}
