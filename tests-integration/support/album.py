"""Pictures of pages at both widths, and what was found wrong on them."""

import sys
from pathlib import Path

from page_faults import axe_faults, layout_faults
from playwright.sync_api import Page

WIDTHS = (390, 1280)
NARROWEST = 320
TALLEST = 6000


class Album:
    """`take` writes `<name>-390.png` and `<name>-1280.png` and keeps the faults; the page is looked at at 320 px too."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        self.taken = 0
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.png"):
            old.unlink()

    def take(self, page: Page, name: str) -> None:
        """Pictures the whole page as it is now."""
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 844})
            height = min(TALLEST, max(844, page.evaluate("document.documentElement.scrollHeight")))
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=self.folder / f"{name}-{width}.png")
            self._note(name, width, [*layout_faults(page), *axe_faults(page)])
        page.set_viewport_size({"width": NARROWEST, "height": 844})
        self._note(name, NARROWEST, [fault for fault in layout_faults(page) if "sideways" in fault])
        page.set_viewport_size({"width": WIDTHS[0], "height": 844})
        self.taken += 1
        print(f"{name}: {page.title()}", file=sys.stderr)

    def _note(self, name: str, width: int, found: list[str]) -> None:
        self.faults += [f"{name} at {width} px: {fault}" for fault in found]
