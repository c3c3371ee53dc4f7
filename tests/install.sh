#!/bin/bash
# install.sh install|uninstall BUILD_DIR DESTINATION: the tool, its man pages
# and completions, made by the tool itself, and docs/.
set -eu
action=$1
aback=$(realpath "$2")/aback
to=$3
bash_dir=$to/share/bash-completion/completions
zsh_dir=$to/share/zsh/site-functions
fish_dir=$to/share/fish/vendor_completions.d
doc_dir=$to/share/doc/aback
docs=$(dirname "$(realpath "$0")")/../docs

commands() {
  "$aback" help | sed -n '/^Commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'
}

install_all() {
  install -d "$to/bin" "$to/share/man/man1" "$bash_dir" "$zsh_dir" "$fish_dir" \
    "$doc_dir/commands" "$doc_dir/systemd"
  install -m 755 "$aback" "$to/bin/aback"
  "$aback" help --man >"$to/share/man/man1/aback.1"
  commands | while read -r command; do
    "$aback" help --man "$command" >"$to/share/man/man1/aback-$command.1"
  done
  "$aback" completion bash >"$bash_dir/aback"
  "$aback" completion zsh >"$zsh_dir/_aback"
  "$aback" completion fish >"$fish_dir/aback.fish"
  install -m 644 "$docs"/*.md "$doc_dir/"
  install -m 644 "$docs"/commands/*.md "$doc_dir/commands/"
  install -m 644 "$docs"/systemd/* "$doc_dir/systemd/"
  echo "installed below $to"
}

uninstall_all() {
  rm -f "$to/bin/aback" "$bash_dir/aback" "$zsh_dir/_aback" \
    "$fish_dir/aback.fish"
  rm -rf "$doc_dir"
  find "$to/share/man/man1" -maxdepth 1 \
    \( -name aback.1 -o -name 'aback-*.1' \) -delete 2>/dev/null || true
  echo "removed from below $to"
}

case $action in
  install) install_all ;;
  uninstall) uninstall_all ;;
  *) echo "install.sh: install or uninstall, not '$action'" >&2; exit 1 ;;
esac
