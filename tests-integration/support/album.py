"""Pictures of pages at both widths, and what was found wrong on them."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from page_faults import axe_faults, layout_faults
from playwright.sync_api import Page, Route

WIDTHS = (390, 1280)
NARROWEST = 320
TALLEST = 6000


@contextmanager
def measuring(page: Page) -> Iterator[None]:
    """Lets our own measurements run in a page that was loaded with JavaScript off."""
    inspector = page.context.new_cdp_session(page)
    inspector.send("Emulation.setScriptExecutionDisabled", {"value": False})
    yield
    inspector.send("Emulation.setScriptExecutionDisabled", {"value": True})
    inspector.detach()


class Album:
    """`take` writes `<name>-390.png` and `<name>-1280.png` and keeps the faults; 320 px must not scroll sideways."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.taken = 0
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()

    def take(self, page: Page, name: str) -> None:
        """Pictures the whole page as it is now."""
        page.wait_for_load_state("load")
        with measuring(page):
            self._take(page, name)
        self._hear(page, name)
        page.set_viewport_size({"width": WIDTHS[0], "height": 844})
        self.taken += 1
        print(f"{name}: {page.title()}", file=sys.stderr)

    def _take(self, page: Page, name: str) -> None:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            height = min(TALLEST, max(844, page.evaluate("document.documentElement.scrollHeight")))
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=self.folder / f"{name}-{width}.png")
            self._note(name, width, layout_faults(page))
        page.set_viewport_size({"width": NARROWEST, "height": 844})
        self._note(name, NARROWEST, [fault for fault in layout_faults(page) if "sideways" in fault])

    def _hear(self, page: Page, name: str) -> None:
        """axe needs timers, which a page loaded with JavaScript off never has: it reads the same page in another."""
        browser = page.context.browser
        if browser is None:
            raise LookupError("the page has no browser")
        html = page.content()
        other = browser.new_page(viewport={"width": WIDTHS[0], "height": 844})

        def same(route: Route) -> None:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")

        other.route(page.url, same)
        other.goto(page.url)
        self._note(name, WIDTHS[0], axe_faults(other))
        other.close()

    def _note(self, name: str, width: int, found: Iterable[str]) -> None:
        self.faults += [f"{name} at {width} px: {fault}" for fault in found]
