"""The system's Chromium: quiet, without a sandbox of its own, without JavaScript unless asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

from playwright.sync_api import Browser, BrowserContext, sync_playwright

SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; LookupError where the system has none."""
    found = which("chromium") or which("chromium-browser") or which("google-chrome")
    if found is None:
        raise LookupError("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield browser
        browser.close()


def fresh_context(browser: Browser, *, width: int = 390, height: int = 844) -> BrowserContext:
    """A visitor with no cookies and JavaScript off."""
    return browser.new_context(viewport={"width": width, "height": height}, java_script_enabled=False)
