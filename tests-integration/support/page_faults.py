"""What is wrong with a page that a browser shows: sideways scrolling, small targets, clipped text, axe findings."""

from collections.abc import Iterator
from functools import cache

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SMALLEST_TARGET = 44
SERIOUS = {"serious", "critical"}

FIND = """
(smallest) => {
  const faults = [];
  const shown = (element) => {
    const box = element.getBoundingClientRect(), style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.display !== "none";
  };
  const name = (element) => {
    const said = element.getAttribute("aria-label") || element.innerText || element.name || element.id || "";
    return element.tagName.toLowerCase() + " " + JSON.stringify(said.trim().slice(0, 40));
  };
  const scrollsInside = (element) => {
    for (let at = element; at && at !== document.body; at = at.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) {
    faults.push(`scrolls sideways: ${root.scrollWidth} px in ${root.clientWidth}`);
  }
  const targets = "button, summary, select, textarea, input:not([type=hidden]), [role=button], .govuk-button";
  for (const element of document.querySelectorAll(targets)) {
    if (!shown(element)) continue;
    let { width, height } = element.getBoundingClientRect();
    if (["radio", "checkbox"].includes(element.type) && element.labels.length) {
      const label = element.labels[0].getBoundingClientRect();
      height = Math.max(height, label.height);
      width = Math.max(width, label.width);
    }
    if (Math.round(width) < smallest || Math.round(height) < smallest) {
      faults.push(`small target ${Math.round(width)} x ${Math.round(height)}: ${name(element)}`);
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    if (!shown(element) || !element.innerText || element.closest("select, .govuk-visually-hidden, svg")) continue;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    const hides = (way) => ["hidden", "clip"].includes(way);
    if (hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1) {
      faults.push(`text is clipped at the side: ${name(element)}`);
    }
    if (hides(style.overflowY) && element.scrollHeight > element.clientHeight + 1) {
      faults.push(`text is clipped below: ${name(element)}`);
    }
    if (!element.children.length && box.right > root.clientWidth + 1 && !scrollsInside(element)) {
      faults.push(`text leaves the page: ${name(element)}`);
    }
  }
  if (document.querySelectorAll("h1").length !== 1) faults.push("there is not exactly one h1");
  if (!document.title.trim()) faults.push("there is no title");
  return faults;
}
"""


@cache
def _axe() -> Axe:
    return Axe()


def layout_faults(page: Page) -> list[str]:
    """Faults of the page at its present width, one line each."""
    found: list[str] = page.evaluate(FIND, SMALLEST_TARGET)
    return list(dict.fromkeys(found))


def axe_faults(page: Page) -> Iterator[str]:
    """Serious and critical findings of axe-core, one line each."""
    for finding in _axe().run(page).response["violations"]:
        if finding["impact"] in SERIOUS:
            where = "; ".join(" ".join(node["target"]) for node in finding["nodes"][:3])
            yield f"axe {finding['impact']}: {finding['id']} at {where}"
