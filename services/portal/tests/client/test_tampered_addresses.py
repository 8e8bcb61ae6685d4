"""Addresses that no page of ours links to: they name nothing else, and they end on a page."""

import json
import socket
import threading
from typing import Any
from uuid import UUID

import pytest

from clinic.infra.service_client import ServiceClient
from clinic.kernel.errors import Refused
from clinic.portal.adapters import deadline
from clinic.portal.adapters.identity import HttpIdentity
from clinic.portal.adapters.service import Service

CHANGE = f"/p/harbour-street/appointments/{UUID(int=51)}/change"
FAR_AWAY = ["9999-12-31T23:59:00-23:59", "0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00Z", "1999-12-31T23:59:00Z"]


@pytest.mark.parametrize("starts_at", FAR_AWAY)
def test_a_year_that_no_calendar_has_is_no_time(pat: Any, starts_at: str) -> None:
    pat.sees(f"{CHANGE}/check?revision=1&starts_at={starts_at.replace('+', '%2B')}")
    assert pat.status == 422
    pat.sees(f"{CHANGE}/check?starts_at=2026-12-02T10:20:00Z&revision=1")
    pat.sends(f"{CHANGE}/confirm", starts_at=starts_at)
    assert pat.status == 422


@pytest.mark.parametrize(
    ("slug", "asked"),
    [
        ("harbour-street", b"/v1/practices/by-slug/harbour-street"),
        ("harbour-street?practice=x", b"/v1/practices/by-slug/harbour-street%3Fpractice%3Dx"),
        ("harbour-street#x", b"/v1/practices/by-slug/harbour-street%23x"),
        ("a\r\nb", b"/v1/practices/by-slug/a%0D%0Ab"),
    ],
)
def test_whatever_the_slug_is_it_stays_one_part_of_the_path(slug: str, asked: bytes) -> None:
    body = json.dumps({"code": "not_found", "status": 404}).encode()
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with listener.accept()[0] as connection:
                heard.append(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 404 X\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        client = ServiceClient(f"http://127.0.0.1:{listener.getsockname()[1]}", caller="portal", key="k")
        deadline.start()
        with pytest.raises(Refused, match="not_found"):
            HttpIdentity(Service(client, client)).practice_front(slug)
        thread.join(5)
    assert heard[0].split(b" ", 2)[1] == asked
