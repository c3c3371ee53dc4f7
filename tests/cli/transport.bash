# Remotes of the state repository over every transport that people use: a path,
# a real sshd, git's own http-backend behind TLS. They all serve remote.git of
# the test's directory.

# a machine's own way of trusting is not the tests'
unset GIT_SSL_CAINFO GIT_SSL_CAPATH GIT_SSL_NO_VERIFY SSH_AUTH_SOCK

stop_servers() {
  local pid
  for pid in ${server_pids:-}; do
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
  done
  server_pids=
}

# shellcheck disable=SC2120 # a test may give more lines
# start_sshd [LINE]...: with what else its configuration says. ssh_url is the
# remote, and GIT_SSH_COMMAND reaches it with the key `user`.
start_sshd() {
  local port
  [ -f host_key ] || ssh-keygen -q -t ed25519 -N '' -f host_key
  [ -f user ] || ssh-keygen -q -t ed25519 -N '' -f user
  cat user.pub >authorized
  [ "$(id -u)" -ne 0 ] || mkdir -p /run/sshd
  # a port that is free now; where somebody takes it meanwhile, another
  for _ in 1 2 3 4 5; do
    : >sshd.log
    port=$(python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    {
      echo "Port $port"
      echo "ListenAddress 127.0.0.1"
      echo "HostKey $PWD/host_key"
      echo "AuthorizedKeysFile $PWD/authorized"
      echo "PidFile none"
      echo "StrictModes no"
      echo "UsePAM no"
      echo "PermitRootLogin yes"
      echo "PasswordAuthentication no"
      echo "KbdInteractiveAuthentication no"
      echo "MaxStartups 200"
      # what is not under test, and costs more than all that is: bash believes
      # itself in a shell and reads no .bashrc; a key exchange of one curve
      echo "SetEnv SHLVL=2"
      echo "KexAlgorithms curve25519-sha256"
      printf '%s\n' "$@"
    } >sshd_config
    "$(PATH=$PATH:/usr/sbin command -v sshd)" -D -e -f "$PWD/sshd_config" \
      >sshd.log 2>&1 3>&- &
    server_pids="${server_pids:-} $!"
    wait_for 10 grep -qE 'Server listening|Cannot bind|fatal' sshd.log
    grep -q 'Server listening' sshd.log && break
  done
  grep -q 'Server listening' sshd.log || { cat sshd.log; return 1; }
  echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 host_key.pub)" >known
  export GIT_SSH_COMMAND="ssh -F none -i $PWD/user -o IdentitiesOnly=yes \
-o IdentityAgent=none -o UserKnownHostsFile=$PWD/known \
-o GlobalKnownHostsFile=none -o StrictHostKeyChecking=yes"
  ssh_url=ssh://$(id -un)@127.0.0.1:$port$PWD/remote.git
}

# start_https [TOKEN]: https_url is the remote, and git trusts its certificate.
start_https() {
  [ -f cert.pem ] || openssl req -x509 -newkey rsa:2048 -nodes \
    -keyout key.pem -out cert.pem -days 2 -subj '/CN=test' \
    -addext subjectAltName=IP:127.0.0.1 2>/dev/null
  rm -f https_port
  python3 "$BATS_TEST_DIRNAME/git_https.py" "$PWD" cert.pem key.pem https_port \
    "$@" >https.log 2>https.err 3>&- &
  server_pids="${server_pids:-} $!"
  wait_for 10 test -s https_port
  git config --file "$GIT_CONFIG_GLOBAL" http.sslCAInfo "$PWD/cert.pem"
  https_url=https://127.0.0.1:$(cat https_port)/remote.git
}

# shellcheck disable=SC2034 # the tests read it
# serve TRANSPORT: an empty remote.git, whose URL is then in $url.
serve() {
  git init -q --bare -b main remote.git
  case $1 in
    file) url=file://$PWD/remote.git ;;
    ssh)
      # shellcheck disable=SC2119 # it needs no more lines
      start_sshd
      url=$ssh_url
      ;;
    https)
      start_https token-of-the-test
      export ABACK_GIT_TOKEN=token-of-the-test
      url=$https_url
      ;;
  esac
}

# share URL: the usual desired file, with a store of that remote and a plan.
share() {
  start_sim --settle-ms 0 --no-throttle
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "s#\./store.git}#./store.git, remote: \"$1\"}#" aback.yaml
}
