"""The measurements find what they must find: each fault is planted once."""

from collections.abc import Iterator

import pytest
from album import Album
from chromium import chromium, fresh_context
from page_faults import axe_faults, layout_faults
from playwright.sync_api import Browser, Page

GOOD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>A page</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>A page</h1>
<button style="min-width:50px;min-height:44px">Go</button>{planted}</main></body></html>"""
PLANTED = {
    "scrolls sideways": '<p style="width:2000px">far too wide</p>',
    "small target": "<button style='height:20px'>tiny</button>",
    "text is clipped at the side": '<p style="width:40px;overflow:hidden;white-space:nowrap">does not fit in here</p>',
    "text is clipped below": '<p style="height:10px;overflow:hidden">one<br>two</p>',
    "text leaves the page": '<div style="position:fixed;left:380px;white-space:nowrap">half of it is outside</div>',
    "there is not exactly one h1": "<h1>Another</h1>",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page(viewport={"width": 390, "height": 844})
    yield made
    made.close()


def test_a_good_page_has_no_fault(page: Page) -> None:
    page.set_content(GOOD.format(planted=""))
    assert layout_faults(page) == []
    assert list(axe_faults(page)) == []


@pytest.mark.parametrize("fault", sorted(PLANTED))
def test_a_planted_fault_is_found(page: Page, fault: str) -> None:
    page.set_content(GOOD.format(planted=PLANTED[fault]))
    assert any(found.startswith(fault) for found in layout_faults(page))


@pytest.mark.parametrize("planted", ['<img src="x.png">', "<input>", '<p style="color:#ddd">faint</p>'])
def test_what_a_screen_reader_or_weak_eyes_cannot_use_is_found(page: Page, planted: str) -> None:
    page.set_content(GOOD.format(planted=planted))
    assert list(axe_faults(page))


def test_a_page_without_javascript_is_measured_too(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    album = Album(tmp_path_factory.mktemp("album"))
    context = fresh_context(browser)
    page = context.new_page()
    planted = "<script>document.title = 'scripted'</script><input>" + PLANTED["small target"]
    page.route("**/*", lambda route: route.fulfill(body=GOOD.format(planted=planted), content_type="text/html"))
    page.goto("http://page.example/")
    album.take(page, "planted")
    context.close()
    assert album.taken == 1
    assert {path.name for path in album.folder.glob("*.png")} == {"planted-390.png", "planted-1280.png"}
    assert any("small target" in fault for fault in album.faults)
    assert any("axe" in fault for fault in album.faults)
