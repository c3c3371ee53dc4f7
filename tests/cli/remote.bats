#!/usr/bin/env bats
# A store with a remote: cloned where it is missing, pushed, shared.
load helpers

begin() {
  git init -q --bare remote.git
  start_sim
  write_desired '  - match: {kind: cluster}
    set: {deletion_protection: true}'
  sed -i "s|repository: ./store.git|repository: ./store.git, remote: \"$PWD/remote.git\"|" \
    aback.yaml
}

@test "remote: init fills an empty one and clones one that is not" {
  begin
  runs 0 aback init
  [ "$(git -C remote.git rev-parse main)" = "$(git -C store.git rev-parse main)" ]
  rm -rf store.git
  runs 0 aback init
  [ "$(git -C remote.git rev-parse main)" = "$(git -C store.git rev-parse main)" ]
}

@test "remote: plan clones what is missing, apply pushes, a colleague sees it" {
  begin
  runs 0 aback init
  rm -rf store.git
  runs 0 aback plan -o plan.json
  [ -d store.git ]
  runs 0 aback apply plan.json --yes
  git -C remote.git cat-file -e "main:changes/$(change_id)/result.json"
  mkdir colleague
  sed "s|./store.git|./copy.git|" aback.yaml >colleague/aback.yaml
  runs 0 aback history -f colleague/aback.yaml
  said 'apply: done'
  runs 0 aback backout -f colleague/aback.yaml --last --apply --yes
  runs 0 aback plan
  said 'Held' # fetched from the remote
}

@test "remote: one that cannot be reached lets plan read, and apply refuse" {
  begin
  runs 0 aback init
  runs 0 aback plan -o plan.json
  mv remote.git elsewhere.git
  runs 0 aback plan
  said 'warning' 'local copy'
  fails 3 aback apply plan.json --yes
  [ "$(mutation_count)" -eq 0 ]
}

@test "remote: a push that others push upon before it is read back counts once" {
  begin
  runs 0 aback init
  runs 0 aback plan -o plan.json
  cat >remote.git/hooks/post-receive <<'END'
#!/bin/sh
while read -r from to ref; do
  [ "$ref" = refs/heads/main ] || continue
  git update-ref $ref "$(git commit-tree -p $to -m theirs "$to^{tree}")"
done
END
  chmod +x remote.git/hooks/post-receive
  runs 0 aback apply plan.json --yes
  rm remote.git/hooks/post-receive
  runs 0 aback state sync
  git -C remote.git log --format=%s main >subjects
  [ "$(grep -c 'record the prior state' subjects)" -eq 1 ]
  [ "$(grep -c ': done$' subjects)" -eq 1 ]
  [ "$(grep -c '^theirs$' subjects)" -eq 2 ]
}
