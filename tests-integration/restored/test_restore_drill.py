"""The restore drill on the running product (promises.md): `make restore-drill`.

The ledger's database is dumped with pg_dump, the practice goes on, the older dump is put back and the others are not.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from proving import PROVING, evidence
from servers_used import used
from world import Client, World, eventually

from clinic.deploy.facts import prepare_sample
from clinic.deploy.postgres import find_binaries
from clinic.deploy.processes import operator_environment
from clinic.deploy.stack import Stack

LEDGERS = ("appointments-api", "appointments-relay", "appointments-projector", "appointments-sealer")
MESSAGES = "SELECT cause_id, client_id, channel, recipient, state FROM messages WHERE request_id IS NULL"

pytestmark = [
    pytest.mark.prove,
    pytest.mark.skipif(not PROVING, reason="make restore-drill; the gate has test_restored_ledger.py"),
]


@pytest.fixture(scope="module")
def stack(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Every process of the product on free ports, with the sample practice imported."""
    with Stack(tmp_path_factory.mktemp("product"), durable=False, environment={"CLINIC_TEST": "1"}) as running:
        used(pytestconfig, "the whole product on its own private PostgreSQL and RabbitMQ (ADR 0026)")
        prepare_sample(running)
        yield running


@pytest.fixture(scope="module")
def world(stack: Stack) -> World:
    return World(stack, stack.facts["logins"][0]["password"])


def clinic(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **operator_environment(stack.instance, stack.postgres)}
    command = [str(Path(sys.executable).with_name("clinic")), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240, check=False)


def dump(stack: Stack, file: Path) -> None:
    command = [find_binaries() / "pg_dump", "--format=custom", f"--file={file}", stack.postgres.url("appointments")]
    subprocess.run(command, check=True, timeout=120)


def restore(stack: Stack, file: Path) -> None:
    """As an operator does: the ledger's processes down, its database put back, processes up."""
    for name in LEDGERS:
        stack.hold(name)
    url = stack.postgres.url("appointments")
    command = [
        find_binaries() / "pg_restore",
        "--clean",
        "--if-exists",
        "--single-transaction",
        f"--dbname={url}",
        file,
    ]
    subprocess.run(command, check=True, timeout=120)
    for name in LEDGERS:
        stack.release(name)


def listed(stack: Stack) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(clinic(stack, "consumers", "list", "--json").stdout)
    return [one for one in found if one["source"] == "appointments"]


def told(stack: Stack) -> list[tuple[Any, ...]]:
    with psycopg.connect(stack.postgres.url("notifications")) as connection:
        return connection.execute(MESSAGES).fetchall()


def mailed(world: World, *clients: Client) -> list[int]:
    return [len(world.mails(client.email)) for client in clients]


def test_the_ledger_is_restored_to_an_older_point_and_one_command_repairs(
    stack: Stack, world: World, tmp_path: Path
) -> None:
    early, lost, late, later = (world.next_client() for _ in range(4))
    times = [one for one in world.offered() if one >= world.offered()[40]]
    world.book(early, times[0])
    eventually(lambda: mailed(world, early) == [1], 60)
    eventually(lambda: all(one["lag_events"] == 0 for one in listed(stack)), 60)
    dump(stack, tmp_path / "ledger.dump")

    world.book(lost, times[4])
    eventually(lambda: mailed(world, early, lost) == [1, 1], 60)
    eventually(lambda: all(one["lag_events"] == 0 for one in listed(stack)), 60)
    head_before = world.head()
    sent_before = Counter(told(stack))
    restore(stack, tmp_path / "ledger.dump")
    booked = world.book(late, times[8])
    assert world.head() == head_before, "the new history is exactly as long as the lost one"

    red = eventually(
        lambda: stopped if len(stopped := [one for one in listed(stack) if one["stopped"]]) >= 4 else [], 60
    )
    followers = {one["consumer"] for one in red}
    assert clinic(stack, "consumers", "list", "--check").returncode == 3
    assert mailed(world, early, lost, late) == [1, 1, 0], "nothing is told while it is not clear what is true"

    repaired = clinic(stack, "consumers", "repair", "--json")
    assert repaired.returncode == 0, repaired.stderr
    done = json.loads(repaired.stdout)
    assert {one["consumer"] for one in done} >= followers
    assert "call the clients" in repaired.stdout, "what had gone out about the lost appointment is named"
    eventually(lambda: clinic(stack, "consumers", "list", "--check").returncode == 0, 60)
    eventually(lambda: mailed(world, early, lost, late) == [1, 1, 1], 60)
    assert clinic(stack, "projections", "rebuild", "--check").returncode == 0
    free = world.offered(min_position=world.head())
    assert times[4] in free, "the lost appointment's time is free again"
    assert times[8] not in free
    assert world.appointment(booked["id"])["starts_at"] == booked["starts_at"]

    world.book(later, times[12])
    eventually(lambda: mailed(world, early, lost, late, later) == [1, 1, 1, 1], 60)
    eventually(lambda: all(one["lag_events"] == 0 and not one["stopped"] for one in listed(stack)), 60)
    after = told(stack)
    assert max(Counter(row[:4] for row in after).values()) == 1
    assert sum((sent_before - Counter(after)).values()) == 0, "what was told is as it was"
    evidence(
        "restore_drill",
        "The ledger restored to an older point",
        [
            f"- pg_dump at {head_before - 1}, one event lost, one new one: the head is {head_before} as before.",
            f"- Stopped red, *ledger rewound*: {', '.join(sorted(followers))}.",
            *[f"- {one['consumer']}: {'; '.join(one['done'])}." for one in done if "call the" not in str(one["done"])],
            f"- {sum(sent_before.values())} messages before: 0 sent again; the new booking's: once.",
            "- `clinic projections rebuild --check`: equal byte for byte.",
        ],
    )
