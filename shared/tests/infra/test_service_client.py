"""A call to another service: refused, unavailable, repeated once after a reset, never after a time-out."""

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from clinic.infra.service_client import ServiceClient
from clinic.kernel.errors import Refused, Unavailable

Serve = Callable[..., tuple[ServiceClient, list[bytes]]]


def answer(status: int, body: object) -> bytes:
    text = json.dumps(body).encode()
    return b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (
        status,
        len(text),
        text,
    )


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server on loopback that gives each connection the next answer: bytes, None (reset) or `wait` (silence)."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()
    threads: list[threading.Thread] = []

    def start(*answers: bytes | str | None, repeats: bool = True) -> tuple[ServiceClient, list[bytes]]:
        heard: list[bytes] = []

        def run() -> None:
            for each in answers:
                with listener.accept()[0] as connection:
                    heard.append(connection.recv(65536))
                    if isinstance(each, bytes):
                        connection.sendall(each)
                    elif each == "wait":
                        ended.wait(5)

        threads.append(threading.Thread(target=run, daemon=True))
        threads[-1].start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        return ServiceClient(url, caller="portal", key="k", timeout_seconds=0.3, repeats=repeats), heard

    yield start
    ended.set()
    listener.close()
    for thread in threads:
        thread.join(6)


def test_a_success_is_its_json_and_the_key_of_the_pair_was_sent(serve: Serve) -> None:
    client, heard = serve(answer(200, {"is": "so"}))
    assert client.get("/v1/x", q="a b") == {"is": "so"}
    assert b"GET /v1/x?q=a+b" in heard[0]
    assert b"Authorization: Service portal:k" in heard[0]


def test_a_problem_is_a_refusal_with_its_facts(serve: Serve) -> None:
    client, _ = serve(answer(409, {"code": "slot_taken", "status": 409, "starts_at": "x"}))
    with pytest.raises(Refused) as refused:
        client.post("/v1/x", {})
    assert (refused.value.code, refused.value.facts) == ("slot_taken", {"starts_at": "x"})


def test_a_reset_connection_is_tried_once_more(serve: Serve) -> None:
    client, heard = serve(None, answer(200, {"ok": True}))
    assert client.post("/v1/x", {}) == {"ok": True}
    assert len(heard) == 2


def test_two_resets_are_unavailable(serve: Serve) -> None:
    client, heard = serve(None, None)
    with pytest.raises(Unavailable):
        client.post("/v1/x", {})
    assert len(heard) == 2


def test_a_call_that_counts_is_sent_once(serve: Serve) -> None:
    client, heard = serve(None, repeats=False)
    with pytest.raises(Unavailable):
        client.post("/v1/x", {})
    assert len(heard) == 1


def test_a_time_out_is_not_repeated(serve: Serve) -> None:
    client, heard = serve("wait")
    with pytest.raises(Unavailable, match="ReadTimeout"):
        client.post("/v1/x", {})
    assert len(heard) == 1


def test_an_error_of_the_other_side_is_unavailable_and_the_query_is_not_told(serve: Serve) -> None:
    client, _ = serve(answer(500, {}))
    with pytest.raises(Unavailable) as told:
        client.get("/v1/clients", q="Pat")
    assert "Pat" not in str(told.value)
