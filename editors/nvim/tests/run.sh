#!/bin/sh
# usage: tests/run.sh [NVIM…]      Runs every test in every one of these Neovims; fails if one does.
#        ONLY=review tests/run.sh  Runs the files with this in their name.
tests=$(cd "$(dirname "$0")" && pwd)
failed=0
[ $# -gt 0 ] || set -- nvim
for nvim in "$@"; do
  # A Neovim that was unpacked and not installed does not find its own files.
  runtime=$(dirname "$nvim")/../share/nvim/runtime
  if [ -d "$runtime" ]; then
    VIMRUNTIME=$(cd "$runtime" && pwd)
    export VIMRUNTIME
  fi
  echo "== $("$nvim" --version | head -1)"
  for test in "$tests"/*"$ONLY"*_test.lua; do
    echo "-- $(basename "$test" _test.lua)"
    home=$(mktemp -d)
    XDG_STATE_HOME=$home XDG_DATA_HOME=$home XDG_CACHE_HOME=$home XDG_CONFIG_HOME=$home \
      "$nvim" --headless --clean -n -i NONE -l "$tests/one.lua" "$test" 2>&1 || failed=1
    rm -rf "$home"
  done
done
exit $failed
