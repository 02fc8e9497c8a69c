from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# A machine that also runs the rest of the tests may take long to draw a first page.
expect.set_options(timeout=60_000)
FLAGS = (
    "--no-sandbox --disable-gpu --disable-background-networking --disable-component-update "
    "--disable-sync --no-first-run"
).split()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, headless."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield made
        made.close()


@pytest.fixture
def outside() -> list[str]:
    """The addresses outside this machine that the page asked for."""
    return []


@pytest.fixture
def page(browser: Browser, outside: list[str]) -> Iterator[Page]:
    """A tab that notes whatever leaves this machine."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
    made = context.new_page()
    made.set_default_timeout(60_000)

    def note(url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            outside.append(url)

    made.on("request", lambda request: note(request.url))
    yield made
    context.close()
