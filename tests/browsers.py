"""The Chromium of the browser tests: the machine's own, else the one Playwright downloaded."""

from __future__ import annotations

import shutil

# No sandbox as root, no GPU, and no conversation of the browser's own with other hosts.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str | None:
    """Where the machine's Chromium is; None to let Playwright use its download."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if path := shutil.which(name):
            return path
    return None
