"""The system's Chromium as people hold it: quiet, 390 px wide, without JavaScript unless asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from shutil import which

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

SWITCHES = (
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
    return which("chromium") or which("chromium-browser") or which("google-chrome")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser; LookupError where the system has none."""
    found = chromium_path()
    if found is None:
        raise LookupError("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(SWITCHES))
        yield browser
        browser.close()


def fresh_context(browser: Browser, *, width: int = 390, height: int = 844, javascript: bool = False) -> BrowserContext:
    """A visitor with no cookies, who reads British English in London."""
    return browser.new_context(
        viewport={"width": width, "height": height},
        java_script_enabled=javascript,
        locale="en-GB",
        timezone_id="Europe/London",
    )


@contextmanager
def phone(browser: Browser, *, javascript: bool = False) -> Iterator[Page]:
    """A page in a fresh context; a request to any host but this one is an AssertionError at the end."""
    context = fresh_context(browser, javascript=javascript)
    page = context.new_page()
    strangers: list[str] = []
    page.on("request", lambda request: None if "//127.0.0.1" in request.url else strangers.append(request.url))
    yield page
    context.close()
    assert strangers == []
