"""How one service calls another: a key of the pair or a person's token, deadlines, one retry of a reset connection."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import requests
import urllib3
from requests.adapters import HTTPAdapter

from clinic.infra.settings import ServiceSettings
from clinic.kernel.errors import Refused, Unavailable

PIECE_BYTES = 64 * 1024


class ServiceClient:
    """HTTP calls from `caller` to one other service.

    A problem+json answer below 500 becomes `Refused` with its code and facts; anything else that is not a success
    (time-out, refused connection, 5xx) becomes `Unavailable`. A reset connection is retried once: every command carries
    a `command_id`, so saying it twice is safe. A time-out is not: the deadline is the caller's whole patience.
    `repeats=False` is for calls that count: they are sent at most once.
    """

    def __init__(
        self, base_url: str, *, caller: str, key: str, timeout_seconds: float = 2.0, repeats: bool = True
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._authorization = f"Service {caller}:{key}"
        self._timeout = timeout_seconds
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.mount("http://", HTTPAdapter(pool_maxsize=32, max_retries=0))
        self._tries = 2 if repeats else 1

    def get(self, path: str, *, token: str | None = None, timeout: float | None = None, **query: Any) -> Any:
        """GET as JSON. Query values of None are left out; lists repeat."""
        given = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", f"{path}?{urlencode(given, doseq=True)}" if given else path, None, token, timeout)

    def post(self, path: str, body: Any, *, token: str | None = None, timeout: float | None = None) -> Any:
        """POST a JSON body."""
        return self.call("POST", path, body, token, timeout)

    def call(
        self,
        method: str,
        path: str,
        body: Any,
        token: str | None,
        timeout: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Any method; None for an empty answer. `token` (a person's) stands instead of the service key."""
        given = {"Authorization": f"Bearer {token}" if token else self._authorization, **(headers or {})}
        answer = self._send(method, self._base_url + path, body, given, timeout or self._timeout)
        if answer.status_code >= 500:
            raise Unavailable(f"{method} {path.partition('?')[0]} answered {answer.status_code}")
        if answer.status_code >= 400:
            raise _refusal(answer)
        return answer.json() if answer.content else None

    def stream(self, path: str, *, token: str, pause: float = 10.0, **query: Any) -> Iterator[bytes]:
        """GET of what is larger than an answer, piece by piece; the first is there when this returns.

        No deadline for the whole: only a `pause` without a byte ends it, as `Unavailable` before the first one and by
        a broken stream after it.
        """
        address = f"{self._base_url}{path}?{urlencode(query)}"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            answer = self._session.get(address, headers=headers, timeout=pause, stream=True, allow_redirects=False)
        except requests.RequestException as error:
            raise Unavailable(f"GET {self._base_url}: {type(error).__name__}") from None
        if answer.status_code >= 500:
            raise Unavailable(f"GET {path} answered {answer.status_code}")
        if answer.status_code >= 400:
            raise _refusal(answer)
        return answer.iter_content(PIECE_BYTES)

    def _send(self, method: str, url: str, body: Any, headers: dict[str, str], timeout: float) -> requests.Response:
        for left in reversed(range(self._tries)):
            try:
                return self._session.request(
                    method, url, json=body, headers=headers, timeout=timeout, allow_redirects=False
                )
            except requests.RequestException as error:
                if not (left and _was_reset(error)):
                    raise Unavailable(f"{method} {self._base_url}: {type(error).__name__}") from None
        raise AssertionError("a last try answers or raises")


def client_of(settings: ServiceSettings, callee: str, *, repeats: bool = True) -> ServiceClient:
    """This process' calls to `callee`, with the address and the key that its environment names."""
    key = settings.service_keys.get(callee, "")
    return ServiceClient(settings.urls[callee], caller=settings.service, key=key, repeats=repeats)


def _was_reset(error: requests.RequestException) -> bool:
    """Whether the other side closed a connection that stood: a kept-alive one, or by restarting."""
    return (
        isinstance(error, requests.ConnectionError)
        and bool(error.args)
        and isinstance(error.args[0], urllib3.exceptions.ProtocolError)
    )


def _refusal(answer: requests.Response) -> Exception:
    try:
        body = answer.json()
        code = body.pop("code")
    except (ValueError, KeyError):
        return Unavailable(f"answered {answer.status_code} without a problem")
    return Refused(code, **{name: value for name, value in body.items() if name not in {"type", "title", "status"}})
