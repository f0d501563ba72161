#!/usr/bin/env bash
# Prints the Python to use: the first of 3.11 or newer that can make a virtual environment.
set -euo pipefail

find_python() {
  local name
  for name in python3 python3.11 python3.12 python3.13 python3.14; do
    if command -v "$name" >/dev/null &&
      "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      command -v "$name"
      return
    fi
  done
  echo "mudrock needs Python 3.11 or newer and found none. On Debian: apt-get install python3 python3-venv" >&2
  return 1
}

can_make_environments() {
  "$1" -c 'import ensurepip, venv' 2>/dev/null
}

python="$(find_python)"
if ! can_make_environments "$python"; then
  if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
    echo "==> Installing Debian's python3-venv" >&2
    apt-get update -qq >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >&2
  fi
  if ! can_make_environments "$python"; then
    echo "$python cannot make virtual environments. On Debian: apt-get install python3-venv" >&2
    exit 1
  fi
fi
echo "$python"
