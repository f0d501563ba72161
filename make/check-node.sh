#!/usr/bin/env bash
# Says what to do when Node is missing or too old to build the editor.
set -euo pipefail

minimum=20.19
advice="Building the editor needs Node $minimum or newer (https://nodejs.org); the released wheel needs none."

if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  echo "Node and npm were not found. $advice" >&2
  exit 1
fi
version="$(node --version)"
if [[ "$(printf '%s\n' "$minimum" "${version#v}" | sort -V | head -n 1)" != "$minimum" ]]; then
  echo "Node $version is too old. $advice" >&2
  exit 1
fi
