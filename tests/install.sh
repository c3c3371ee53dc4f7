#!/bin/bash
# install.sh install|uninstall BUILD_DIR DESTINATION [PREFIX]: the tool, its man
# pages and completions, made by the tool itself, units of systemd, docs/, and
# the rehearsal of plans, with the simulator that it plays them through.
# PREFIX is where all of it will be found in the end, other than DESTINATION for
# a package that is being made.
set -eu
action=$1
aback=$(realpath "$2")/aback
to=$3
prefix=${4:-$to}
bash_dir=$to/share/bash-completion/completions
zsh_dir=$to/share/zsh/site-functions
fish_dir=$to/share/fish/vendor_completions.d
unit_dir=$to/lib/systemd/user
doc_dir=$to/share/doc/aback
lib_dir=$to/lib/aback
here=$(dirname "$(realpath "$0")")
docs=$here/../docs

commands() {
  "$aback" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

install_all() {
  install -d "$to/bin" "$to/share/man/man1" "$bash_dir" "$zsh_dir" "$fish_dir" \
    "$doc_dir/commands" "$unit_dir" "$lib_dir/rehearsal"
  install -m 755 "$aback" "$to/bin/aback"
  install -m 755 "$(dirname "$aback")/aback-sim" "$lib_dir/aback-sim"
  ln -sf ../../bin/aback "$lib_dir/aback"
  install -m 755 "$here/rehearse.py" "$lib_dir/rehearse.py"
  install -m 644 "$here"/rehearsal/*.py "$lib_dir/rehearsal/"
  ln -sf ../lib/aback/rehearse.py "$to/bin/aback-rehearse"
  "$aback" help --man >"$to/share/man/man1/aback.1"
  commands | while read -r command; do
    "$aback" help --man "$command" >"$to/share/man/man1/aback-$command.1"
  done
  "$aback" completion bash >"$bash_dir/aback"
  "$aback" completion zsh >"$zsh_dir/_aback"
  "$aback" completion fish >"$fish_dir/aback.fish"
  install -m 644 "$docs"/*.md "$doc_dir/"
  install -m 644 "$docs"/commands/*.md "$doc_dir/commands/"
  cp -R "$docs/schedule" "$docs/ci" "$doc_dir/"
  for unit in "$docs"/systemd/*; do
    sed "s|/usr/local/bin/|$prefix/bin/|" "$unit" \
      >"$unit_dir/$(basename "$unit")"
    chmod 644 "$unit_dir/$(basename "$unit")"
  done
  echo "installed below $to"
}

uninstall_all() {
  rm -f "$to/bin/aback" "$bash_dir/aback" "$zsh_dir/_aback" \
    "$fish_dir/aback.fish"
  rm -f "$unit_dir"/aback-*.service "$unit_dir"/aback-*.timer
  rm -f "$to/bin/aback-rehearse"
  rm -rf "$doc_dir" "$lib_dir"
  find "$to/share/man/man1" -maxdepth 1 \
    \( -name aback.1 -o -name 'aback-*.1' \) -delete 2>/dev/null || true
  echo "removed from below $to"
}

case $action in
  install) install_all ;;
  uninstall) uninstall_all ;;
  *) echo "install.sh: install or uninstall, not '$action'" >&2; exit 1 ;;
esac
