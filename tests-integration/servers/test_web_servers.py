"""What stands before every Flask application: a web server that believes no header and repeats no address."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clinic.deploy.ports import LOOPBACK, free_ports, is_listening
from clinic.deploy.processes import GUNICORN

ECHO = """
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['SCRIPT_NAME']}|{environ['PATH_INFO']}|{environ['wsgi.url_scheme']}".encode()]
"""
TOKEN = "a-token-in-a-link"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """gunicorn as the product runs it, with its port and its log."""
    (tmp_path / "echo.py").write_text(ECHO)
    port, log = free_ports(1)[0], tmp_path / "log"
    command = [sys.executable, "-m", "gunicorn", *GUNICORN, f"--bind={LOOPBACK}:{port}", "echo:application"]
    with log.open("wb") as out, subprocess.Popen(command, cwd=tmp_path, stdout=out, stderr=out) as process:
        deadline = time.monotonic() + 20
        while not is_listening(port) and time.monotonic() < deadline:
            time.sleep(0.05)
        yield port, log
        process.terminate()


def said(port: int, request: str) -> str:
    with socket.create_connection((LOOPBACK, port), timeout=5) as connection:
        connection.sendall(request.encode())
        answer = b""
        while more := connection.recv(4096):
            answer += more
    return answer.decode()


@pytest.mark.parametrize("header", ["SCRIPT_NAME: /p", "PATH_INFO: /elsewhere", "X-Forwarded-Proto: https"])
def test_no_header_moves_the_path_or_the_scheme(server: tuple[int, Path], header: str) -> None:
    port, _ = server
    answer = said(port, f"GET /p/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{header}\r\n\r\n")
    assert "\n|/p/x|http\r\n" in answer


@pytest.mark.parametrize(
    "request_text",
    [
        f"GET /p/x/a/{TOKEN}\r\n\r\n",
        f"GET /p/x/a/{TOKEN} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nSCRIPT_NAME: /y\r\n\r\n",
        f"GET /p/x HTTP/1.1\r\nHost: x\r\nCookie {TOKEN}\r\n\r\n",
    ],
)
def test_a_refused_request_leaves_no_token_in_the_log(server: tuple[int, Path], request_text: str) -> None:
    port, log = server
    said(port, request_text)
    time.sleep(0.2)
    assert TOKEN not in log.read_text()
