"""Headers on every response, and where a form may come from."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import Forbidden

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class SecurityHeaders:
    """The outermost layer: no answer leaves without these, be it a page, an error or a static file.

    Everything is `no-store` and varies with the cookie, but the static files: they have hashed names, hold nothing of
    anybody, and may be kept.
    """

    def __init__(self, app: Wsgi, *, https: bool) -> None:
        self._app = app
        self._https = https

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        is_static = environ.get("PATH_INFO", "").startswith("/static/")

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            kept = status.startswith(("200", "206", "304")) and is_static
            wanted = dict(HEADERS)
            if self._https:
                wanted["Strict-Transport-Security"] = "max-age=31536000"
            if not kept:
                wanted["Cache-Control"] = "no-store"
                wanted["Vary"] = "Cookie"
            ours = {name.lower() for name in wanted}
            others = [(name, value) for name, value in headers if name.lower() not in ours]
            return start_response(status, [*others, *wanted.items()], exc_info)

        return self._app(environ, start)


def refuse_foreign_origin(base_url: str) -> None:
    """Forbidden for a form that another site sent, whatever token it carries.

    Browsers send `Origin: null` from pages with `Referrer-Policy: no-referrer`; then `Sec-Fetch-Site` decides, which a
    page cannot forge. A browser that sends neither is judged by the form's token alone.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        raise Forbidden("foreign origin")
    origin = request.headers.get("Origin")
    if origin in {None, "null"} or site == "same-origin":
        return
    wanted = urlsplit(base_url)
    if origin != f"{wanted.scheme}://{wanted.netloc}":
        raise Forbidden("foreign origin")
