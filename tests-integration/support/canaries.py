"""Looks for words in everything that a running product keeps: tables, queues, logs, what it hands out (F52)."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import requests

from clinic.deploy.stack import Stack
from clinic.deploy.topology import PUBLISHERS
from clinic.infra.migrations import DATABASES
from clinic.infra.topology import exchange_name

TAP = "canaries.tap"
Found = set[tuple[str, str]]
"""Where, and which word."""


def in_tables(stack: Stack, words: tuple[str, ...]) -> Found:
    """Every table of every database, every column as text, past every policy, as the superuser."""
    found: Found = set()
    for database in DATABASES:
        with psycopg.connect(stack.postgres.url(database), autocommit=True) as connection:
            for table in _tables(connection):
                rows = connection.execute(f"SELECT lower(t::text) FROM {table} AS t")  # type: ignore[arg-type]
                texts = [row[0] for row in rows]
                found |= {
                    (f"{database}: {table}", word) for word in words if any(word.lower() in text for text in texts)
                }
    return found


def _tables(connection: psycopg.Connection) -> list[str]:
    rows = connection.execute(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
    )
    return [row[0] for row in rows]


def tap(stack: Stack) -> None:
    """A queue beside the product's own gets a copy of every message from now on, and keeps it."""
    _broker(stack, "PUT", f"queues/%2F/{TAP}", {"durable": True})
    for publisher in PUBLISHERS:
        exchange = quote(exchange_name(publisher), safe="")
        _broker(stack, "POST", f"bindings/%2F/e/{exchange}/q/{TAP}", {"routing_key": "#"})


def in_queues(stack: Stack, words: tuple[str, ...]) -> Found:
    """Every message that was published since `tap`, and all that the broker has on its disk.

    The product's own queues have one active consumer, so nobody else can read them: what waits there lies on the disk.
    """
    asked = {"count": 10_000, "ackmode": "ack_requeue_true", "encoding": "auto"}
    told = _broker(stack, "POST", f"queues/%2F/{TAP}/get", asked)
    return _in_text("queues", told, words) | in_files(Path(stack.facts["amqp_data"]), words)


def messages_tapped(stack: Stack) -> int:
    """How many messages `in_queues` looks at."""
    asked = {"count": 10_000, "ackmode": "ack_requeue_true", "encoding": "auto"}
    return len(json.loads(_broker(stack, "POST", f"queues/%2F/{TAP}/get", asked)))


def _broker(stack: Stack, method: str, path: str, body: object) -> str:
    amqp = urlsplit(stack.facts["amqp"])
    with requests.Session() as session:
        session.trust_env = False
        session.auth = (amqp.username or "", amqp.password or "")
        answer = session.request(method, f"{stack.facts['amqp_management']}/api/{path}", json=body, timeout=10)
    assert answer.ok, (path, answer.text)
    return answer.text


def in_logs(stack: Stack, words: tuple[str, ...]) -> Found:
    """What every process and both servers wrote."""
    return in_files(stack.directory / "log", words)


def in_files(directory: Path, words: tuple[str, ...]) -> Found:
    """Every file below a directory."""
    found: Found = set()
    for file in (one for one in directory.rglob("*") if one.is_file()):
        content = _content(file).lower()
        found |= {(f"file {file.relative_to(directory)}", word) for word in words if word.lower().encode() in content}
    return found


def in_feeds(feeds: Iterator[tuple[str, list[dict[str, object]]]], words: tuple[str, ...]) -> Found:
    """What services hand out: every event of every feed."""
    found: Found = set()
    for name, events in feeds:
        found |= _in_text(f"feed of {name}", json.dumps(events, ensure_ascii=False), words)
    return found


def everywhere(stack: Stack, words: tuple[str, ...]) -> Found:
    """Tables, queues, logs."""
    return in_tables(stack, words) | in_queues(stack, words) | in_logs(stack, words)


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _in_text(where: str, text: str, words: tuple[str, ...]) -> Found:
    return {(where, word) for word in words if word.lower() in text.lower()}
