"""One service as the portal calls it: a person's token or the portal's key, within the page's deadline."""

from collections.abc import Iterator
from typing import Any

from clinic.infra.service_client import ServiceClient
from clinic.portal.adapters.deadline import remaining

WAITING_SECONDS = 8.0


class Service:
    """Thin: paths below `/v1`, JSON in and out; `Refused` and `Unavailable` as in `ServiceClient`.

    `unrepeated` is a client of the same service that repeats nothing.
    """

    def __init__(self, client: ServiceClient, unrepeated: ServiceClient) -> None:
        self._client = client
        self._unrepeated = unrepeated

    def get(self, path: str, *, token: str | None = None, **query: Any) -> Any:
        """GET; query values of None are left out."""
        return self._client.get(f"/v1{path}", token=token, timeout=remaining(), **query)

    def stream(self, path: str, *, token: str, **query: Any) -> Iterator[bytes]:
        """GET of a download, piece by piece, outside the page's deadline."""
        return self._client.stream(f"/v1{path}", token=token, **query)

    def post(self, path: str, body: Any, *, token: str | None = None) -> Any:
        """POST a JSON body."""
        return self._client.post(f"/v1{path}", body, token=token, timeout=remaining())

    def post_once(self, path: str, body: Any) -> Any:
        """POST that is never repeated and may be kept waiting for 5 s (F14), whatever the page has left."""
        return self._unrepeated.post(f"/v1{path}", body, timeout=WAITING_SECONDS)

    def change(self, method: str, path: str, body: Any, *, token: str, if_match: str | int | None = None) -> Any:
        """PUT or PATCH; `if_match` is the version that the caller saw."""
        headers = {} if if_match is None else {"If-Match": f'"{if_match}"'}
        return self._client.call(method, f"/v1{path}", body, token, remaining(), headers)
