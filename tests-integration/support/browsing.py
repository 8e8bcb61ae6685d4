"""Chromium as people hold it: 390 px wide, JavaScript off."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_path() -> str | None:
    """The system's Chromium, or None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless browser for the time of the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(QUIET))
        yield browser
        browser.close()


@contextmanager
def phone(browser: Browser, *, width: int = 390, javascript: bool = False) -> Iterator[Page]:
    """A page in a fresh profile; every request to another host than loopback is an error."""
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        java_script_enabled=javascript,
        locale="en-GB",
        timezone_id="Europe/London",
    )
    page = context.new_page()
    strangers: list[str] = []
    page.on("request", lambda request: strangers.append(request.url) if "//127.0.0.1" not in request.url else None)
    yield page
    context.close()
    assert strangers == []
