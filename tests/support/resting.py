"""Where something stands on a page that is done: no pointer of a test outruns a page being laid."""

from __future__ import annotations

from playwright.sync_api import FloatRect, Locator

from tests.support.running import until

_LOOKS = 10


def resting_box(locator: Locator) -> FloatRect:
    """Return where it stands, once the page ran to its end and a second moved nothing."""
    app = locator.page.locator(".stApp")
    seen: list[FloatRect | None] = []

    def rests() -> bool:
        if app.get_attribute("data-test-script-state") != "notRunning":
            seen.clear()
            return False
        seen.append(locator.bounding_box())
        last = seen[-_LOOKS:]
        return len(last) == _LOOKS and last[0] is not None and last == [last[0]] * _LOOKS

    until(rests, 60, "the page rests")
    assert seen[-1] is not None
    return seen[-1]
