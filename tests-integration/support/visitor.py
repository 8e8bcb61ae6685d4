"""A browser without a screen: follows redirects, keeps cookies, fills forms as they were rendered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

import requests


@dataclass(slots=True)
class Form:
    """A form as it was rendered: entries that a browser would send, and the choices of its radios."""

    action: str
    method: str
    entries: dict[str, str] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._textarea: str | None = None
        self._select: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._open)
        elif self._open is None or (not given.get("name") and tag != "option"):
            return
        elif tag == "input":
            self._input(self._open, given)
        elif tag == "textarea":
            self._textarea = given["name"]
            self._open.entries[self._textarea] = ""
        elif tag == "select":
            self._select = given["name"]
        elif tag == "option" and self._select and ("selected" in given or self._select not in self._open.entries):
            self._open.entries[self._select] = given.get("value", "")

    def _input(self, form: Form, given: dict[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        if kind in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.entries[name] = given.get("value", "on")
        elif kind not in {"submit", "button", "file"}:
            form.entries[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "textarea":
            self._textarea = None
        elif tag == "select":
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._textarea and self._open:
            self._open.entries[self._textarea] += data.strip("\n")


class Visitor:
    """One person's visit to one face of the portal. `last` is the page that they see.

    Secure cookies are kept and sent over loopback HTTP as Chromium does; `requests` itself would hold them back.
    """

    def __init__(self, base_url: str) -> None:
        self._base = base_url
        self._cookies: dict[str, str] = {}
        self.last: requests.Response = requests.Response()

    def open(self, address: str) -> requests.Response:
        """Follows a link, relative ones from the page that is seen."""
        self.last = self._follow("GET", urljoin(self.last.url or self._base, address))
        return self.last

    def forms(self) -> list[Form]:
        """The forms of the page that is seen."""
        parser = _Forms()
        parser.feed(self.last.text)
        return parser.forms

    def form(self, *needed: str) -> Form:
        """The form that has these fields; LookupError where there is none."""
        for form in self.forms():
            if set(needed) <= {*form.entries, *form.choices}:
                return form
        raise LookupError(f"no form with {needed} at {self.last.url} ({self.last.status_code})")

    def submit(self, form: Form, **entries: str) -> requests.Response:
        """Sends a form with these entries changed, as a browser of this site would."""
        address = urljoin(self.last.url, form.action)
        values = {**form.entries, **entries}
        if form.method == "get":
            self.last = self._follow("GET", f"{address.partition('?')[0]}?{urlencode(values)}")
        else:
            self.last = self.post(address, values)
        return self.last

    def post(self, address: str, values: dict[str, str]) -> requests.Response:
        """A POST from this site's origin, redirects followed; `last` stays as it is."""
        return self._follow("POST", address, values)

    def _follow(self, method: str, address: str, values: dict[str, str] | None = None) -> requests.Response:
        parts = urlsplit(address)
        for _ in range(5):
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
            if method == "POST":
                headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method, address, data=values, headers=headers, timeout=30, allow_redirects=False
                )
            for line in answer.raw.headers.getlist("Set-Cookie"):
                for name, morsel in SimpleCookie(line).items():
                    self._cookies[name] = morsel.value
            if not answer.is_redirect:
                break
            method, values, address = "GET", None, urljoin(address, answer.headers["Location"])
        return answer

    def links(self) -> Iterator[str]:
        """The addresses of all links of the page that is seen."""
        found: list[str] = []

        class Links(HTMLParser):
            def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
                found.extend(value for name, value in attrs if tag == "a" and name == "href" and value)

        Links().feed(self.last.text)
        return iter(found)
