"""How long a stranger waits for the first screen of the demo, in a real browser.

Run: ``python -m tests.benchmarks.first_screen [--fresh]``. Starts ``uv run cotside demo`` and opens
its address in a headless browser as soon as it is printed. With ``--fresh`` first from a clone in a
new folder, as a stranger gets it: uv makes the environment (packages that uv has kept from before
are not fetched again), then a second time in the same folder. Prints seconds from the command to
the address, to the first screen (the research line stands on it), to the first live picture, and to
a live picture in three tiles (the fourth camera comes and goes).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu"]
LIVE = 'article.tile[data-picture="live"]'
LONGEST_S = 600
# What this shell may have set and a stranger's has not; without bytecode every start compiles all.
NOT_A_STRANGERS = ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="from a new clone, then once more")
    options = parser.parse_args()
    if not options.fresh:
        print(json.dumps({"here": measure(ROOT)}, indent=2))
        return
    with tempfile.TemporaryDirectory(prefix="cotside-fresh-") as name:
        clone = Path(name) / "cotside"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        print(json.dumps({"fresh": measure(clone), "again": measure(clone)}, indent=2))


def measure(folder: Path) -> dict[str, float]:
    """Start the demo in ``folder``; return the seconds to each thing that a person sees."""
    environment = {k: v for k, v in os.environ.items() if k not in NOT_A_STRANGERS}
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        began_s = time.monotonic()
        demo = subprocess.Popen(
            ["uv", "run", "cotside", "demo", "--headless", "--port", "0"],
            cwd=folder, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            found: dict[str, float] = {}

            def note(what: str) -> None:
                found[what] = round(time.monotonic() - began_s, 1)

            address = wait_for_address(demo)
            note("address")
            page.goto(address)
            page.get_by_text("Research use only").first.wait_for(timeout=LONGEST_S * 1000)
            note("first_screen")
            page.locator(LIVE).first.wait_for(timeout=LONGEST_S * 1000)
            note("first_live_picture")
            page.locator(LIVE).nth(2).wait_for(timeout=LONGEST_S * 1000)
            note("three_live_pictures")
            return found
        finally:
            browser.close()
            os.killpg(demo.pid, signal.SIGTERM)
            demo.wait(30)


def wait_for_address(demo: subprocess.Popen[str]) -> str:
    """Return the address that the demo prints."""
    assert demo.stdout is not None
    for line in demo.stdout:
        if found := re.search(r"https?://\S+", line):
            return found.group()
    raise SystemExit("the demo ended before it said where it is")


if __name__ == "__main__":
    main()
