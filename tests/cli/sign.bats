#!/usr/bin/env bats
# Keys and signatures, judged by ssh-keygen and openssl.
load helpers

a_plan() {
  start
  aback plan -o plan.json >/dev/null 2>&1
}

# verifies PUBLIC: openssl finds plan.json.me.sig to be of that key.
verifies() {
  { printf 'aback-plan/1\n' && cat plan.json; } >signed
  base64 -d plan.json.me.sig >raw
  openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in signed -sigfile raw
}

@test "keygen: a key that ssh-keygen and openssl know, and nobody else reads" {
  aback keygen -o key --no-passphrase --comment me@example.com >out.txt
  [ "$(stat -c %a key)" = 600 ]
  cmp out.txt key.pub
  ssh-keygen -l -f key.pub | grep -q ED25519
  openssl pkey -in key -noout
  fails 1 aback keygen -o key --no-passphrase
  said "'key' is there already"
}

@test "keygen: the default place, for us alone" {
  unset XDG_CONFIG_HOME
  aback keygen --no-passphrase >/dev/null
  [ "$(stat -c %a "$HOME/.config/aback")" = 700 ]
  [ -f "$HOME/.config/aback/key.pub" ]
}

@test "keygen: a passphrase, from the environment or a terminal" {
  ABACK_KEY_PASSPHRASE='correct horse' aback keygen -o key >/dev/null
  grep -q 'BEGIN ENCRYPTED PRIVATE KEY' key
  openssl pkey -in key -passin 'pass:correct horse' -noout
  not openssl pkey -in key -passin pass:wrong -noout
  fails 1 setsid -w "$ABACK" keygen -o other </dev/null
  said 'no terminal' 'passphrase of the new key' ABACK_KEY_PASSPHRASE
  [ ! -e other ]
}

@test "sign: openssl verifies it, whatever form the key has" {
  a_plan
  aback keygen -o own --no-passphrase >/dev/null 2>&1
  aback sign plan.json --key own --name me --yes
  openssl pkey -in own -pubout -out own.pem
  verifies own.pem
  ssh-keygen -q -t ed25519 -N '' -f ssh
  aback sign plan.json --key ssh --name me --yes
  not verifies own.pem
  openssl genpkey -algorithm ed25519 -out pem
  chmod 600 pem
  openssl pkey -in pem -pubout -out pem.pub
  aback sign plan.json --key pem --name me --yes
  verifies pem.pub
  ABACK_KEY_PASSPHRASE=word aback keygen -o locked >/dev/null 2>&1
  openssl pkey -in locked -passin pass:word -pubout -out locked.pem
  ABACK_KEY_PASSPHRASE=word aback sign plan.json --key locked --name me --yes
  verifies locked.pem
}

@test "sign: keys that will not do" {
  a_plan
  ssh-keygen -q -t rsa -N '' -f rsa
  fails 1 aback sign plan.json --key rsa --name me --yes
  said 'holds no private key of Ed25519'
  ssh-keygen -q -t ed25519 -N 'secret words' -f locked
  fails 1 aback sign plan.json --key locked --name me --yes
  said 'has a passphrase of ssh-keygen' 'aback keygen'
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec
  chmod 600 ec
  fails 1 aback sign plan.json --key ec --name me --yes
  said 'only Ed25519'
  aback keygen -o open --no-passphrase >/dev/null 2>&1
  chmod 644 open
  fails 1 aback sign plan.json --key open --name me --yes
  said 'others may read' 'chmod 600 open'
  ABACK_KEY_PASSPHRASE=word aback keygen -o mine >/dev/null 2>&1
  ABACK_KEY_PASSPHRASE=wrong fails 1 aback sign plan.json --key mine --name me --yes
  said "the passphrase of the key 'mine' is wrong"
  fails 1 aback sign plan.json --key none --name me --yes
  said 'aback keygen'
  [ ! -e plan.json.me.sig ]
}

@test "sign: what is no plan, or was edited, is not signed" {
  a_plan
  aback keygen -o key --no-passphrase >/dev/null 2>&1
  sed -i 's/"after": true/"after": false/' plan.json
  fails 3 aback sign plan.json --key key --name me --yes
  [ ! -e plan.json.me.sig ]
}

@test "sign: without --yes and a terminal nobody is asked" {
  a_plan
  aback keygen -o key --no-passphrase >/dev/null 2>&1
  fails 3 aback sign plan.json --key key --name me </dev/null
  said 'not a terminal'
  [ ! -e plan.json.me.sig ]
}

@test "sign: the name is found by the key, where the gate trusts it" {
  a_plan
  aback keygen -o key --no-passphrase >/dev/null 2>&1
  fails 1 aback sign plan.json --key key --yes
  said 'no key under gate.trusted_keys'
  cat >>aback.yaml <<'YAML'
gate: {trusted_keys: [{name: me, key: key.pub, email: me@example.com}]}
YAML
  aback sign plan.json --key key --yes
  [ -s plan.json.me.sig ]
}

@test "promise 9: neither passphrase nor key is in any output or file" {
  a_plan
  export ABACK_KEY_PASSPHRASE='pl4nted-s3cret'
  aback keygen -o key -v >out.txt 2>&1
  aback sign plan.json --key key --name me --yes -v >>out.txt 2>&1
  ABACK_KEY_PASSPHRASE=wrong aback sign plan.json --key key --name me --yes -v \
    >>out.txt 2>&1 || true
  unset ABACK_KEY_PASSPHRASE
  not grep -rF 'pl4nted-s3cret' .
  not grep -rF "$(printf 'pl4nted-s3cret' | base64)" .
}
