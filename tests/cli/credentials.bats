#!/usr/bin/env bats
# Where credentials come from: as botocore finds them, and again in time.
load helpers

cases() { env -i PATH=/usr/bin:/bin timeout 120 python3 "$root/tests/cli/credential_cases.py" "$ABACK" "$@"; }

@test "credentials: botocore finds the same in each of these environments" {
  cases >out.txt || { grep -v '^same' out.txt; return 1; }
  grep -qE '^[6-9][0-9] environments, 0 differ, 0 leaks$' out.txt
}

# The first python3 whose botocore knows of configured endpoints.
new_botocore() {
  local python
  for python in $(type -aP python3); do
    if "$python" -c 'from botocore.configprovider import ConfiguredEndpointProvider' 2>/dev/null; then
      echo "$python"
      return
    fi
  done
}

@test "endpoints: botocore sends its calls to the same in each of these environments" {
  python=$(new_botocore)
  [ -n "$python" ] || skip 'no botocore that reads [services]'
  timeout 120 "$python" "$root/tests/cli/endpoint_cases.py" "$ABACK" >out.txt || { grep -v '^same' out.txt; return 1; }
  grep -qE '^[3-9][0-9] environments, 0 differ$' out.txt
}

@test "credentials: the code of an MFA device is asked for on a terminal" {
  cases mfa >out.txt || { cat out.txt; return 1; }
  grep -q '^alone 1 error: ' out.txt
  grep -q 'no terminal to ask on for the code of the MFA device arn:aws:iam::1:mfa/me' out.txt
  grep -q 'KEYBASEXCODEX' out.txt
}

@test "credentials: a metadata service that is a hop too far says so" {
  cases hops >out.txt
  grep -q 'gives no token.*--http-put-response-hop-limit 2' out.txt
}

# A process whose credentials last $1 seconds; it counts how often it ran.
process_for() {
  mkdir -p "$HOME/.aws"
  cat >./get <<SH
#!/bin/sh
echo once >>$PWD/count
until=\$(date -u -d '+$1 seconds' +%Y-%m-%dT%H:%M:%SZ)
printf '{"Version": 1, "AccessKeyId": "%s", "SecretAccessKey": "%s", "Expiration": "%s"}' \
  AKIAABACKSIMULATOR01 aback-simulator-secret-key "\$until"
SH
  chmod 700 get
  printf '[default]\ncredential_process = %s/get\n' "$PWD" >"$HOME/.aws/config"
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY
}

@test "credentials: they are fetched once for all targets, and again before they expire" {
  start --settle-ms 4000
  process_for 3600
  aback plan -o plan.json >/dev/null 2>&1
  [ "$(wc -l <count)" -eq 1 ]
  process_for 4
  : >count
  aback apply plan.json --yes
  [ "$(wc -l <count)" -ge 2 ]
}

@test "whoami: the source that decided, what was looked at before, and no secret" {
  start
  aback whoami -v >out.txt 2>&1
  grep -q '^credentials the environment$' out.txt
  grep -q '^arn  *arn:aws:iam::123456789012:user/' out.txt
  not grep -q "$AWS_SECRET_ACCESS_KEY" out.txt
  process_for 3600
  COLUMNS=80 aback whoami >out.txt
  grep -qE '^ {12}not ' out.txt
  aback whoami --format json >out.json
  jq -e '.source | startswith("the credential process")' out.json
  jq -e '.looked_at[0] == {"source": "the environment", "found": false}' out.json
  jq -e '.looked_at[-1] == {"source": "a credential process", "found": true}' out.json
}
