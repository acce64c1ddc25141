"""A Chromium for the tests of the pages: the one that is installed, or one that this script installs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The first is the browser without its windows, which opens a page with half the work.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Without a sandbox it runs as root as well; the rest keeps it from calling its maker while requests are counted.
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --disable-background-networking --disable-component-update"
    " --disable-sync --no-first-run"
).split()


def find(playwright):
    """The path of a Chromium: the variable CHROMIUM, the system's, or Playwright's own; None without any."""
    system = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    own = playwright.chromium.executable_path
    return system or (own if Path(own).exists() else None)


def launch(playwright, *flags):
    """Start the Chromium that `find` finds; without one there is nothing to test with, which is an error."""
    path = find(playwright)
    if path is None:
        raise FileNotFoundError("No Chromium: install one, set CHROMIUM to its path, or run tests/chromium.py.")
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS, *flags])


def install():
    """Install Debian's package where that is possible, else the browser that Playwright offers; where neither is, go on."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        get = "apt-get install -y --no-install-recommends"
        subprocess.run(f"apt-get update && ({get} chromium-headless-shell || {get} chromium)", shell=True)
    if not any(map(shutil.which, NAMES)):
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


if __name__ == "__main__":
    with sync_playwright() as playwright:
        found = find(playwright)
    if not found:
        install()
