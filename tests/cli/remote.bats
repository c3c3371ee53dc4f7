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
