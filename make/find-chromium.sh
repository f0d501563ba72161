#!/usr/bin/env bash
# Makes sure that the browser tests have a Chromium: the machine's, else Debian's, else Playwright's.
set -euo pipefail

find_chromium() {
  local name
  for name in chromium chromium-browser google-chrome; do
    command -v "$name" && return
  done
  python - <<'PYTHON'
import os
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    path = playwright.chromium.executable_path
if not os.path.exists(path):
    raise SystemExit(1)
print(path)
PYTHON
}

if ! find_chromium >/dev/null 2>&1; then
  if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
    echo "==> Installing Debian's Chromium for the browser tests"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } ||
      echo "Debian's Chromium could not be installed" >&2
  fi
  if ! find_chromium >/dev/null 2>&1; then
    echo "==> Downloading Playwright's Chromium for the browser tests"
    playwright install chromium
  fi
fi
echo "==> Browser: $(find_chromium)"
