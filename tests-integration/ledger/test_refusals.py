"""Refusals in both ledgers: recorded once with their answer, limited exactly, in nobody's way (F53, ADR 0033)."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from proving import evidence, rounds
from typer.testing import CliRunner

from clinic.appointments.adapters.import_store import import_store
from clinic.appointments.adapters.ledger import PostgresLedger
from clinic.appointments.adapters.memory_ledger import MemoryLedger
from clinic.appointments.application.ports import Answer, Answered, Asked, Ledger, Refusal
from clinic.appointments.domain.decisions import slot_at
from clinic.appointments.domain.refusals import PER_APPOINTMENT, PER_PERSON
from clinic.appointments.entrypoints.cli_projections import projections
from clinic.contracts.appointments import PolicySnapshot, Window
from clinic.contracts.refusals import ChangeRefused
from clinic.infra.clock import utc_now
from clinic.infra.database import Database
from clinic.infra.event_store import read_all
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import Actor, Recorded

START = datetime(2027, 3, 1, 10, tzinfo=UTC)
DAY = Window("minutes", 1440)
POLICY = PolicySnapshot(1, "v2", True, True, True, DAY, DAY, None, 0, None)
At = Callable[..., datetime]
Store = tuple[Ledger, UUID, Callable[[], list[Recorded]]]


@pytest.fixture(params=["postgres", "memory"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A ledger with an empty practice, and what it recorded."""
    practice_id = new_id()
    if request.param == "memory":
        memory = MemoryLedger(utc_now)
        memory.create(practice_id)
        yield memory, practice_id, lambda: memory.recorded(practice_id)
        return
    rows = request.getfixturevalue("ledger_rows")
    operator = Database(rows.url("ops"), limits=False)
    with import_store(operator, practice_id) as made:
        made.present()
    database = Database(rows.url("api"), size=16)

    def recorded() -> list[Recorded]:
        with operator.transaction(practice_id) as connection:
            return list(read_all(connection, practice_id))

    yield PostgresLedger(database), practice_id, recorded
    database.close()
    operator.close()


def refusal(practice_id: UUID, appointment_id: UUID, client_id: UUID) -> tuple[Asked, Refusal]:
    """A client asks for a change and is too late."""
    slot = slot_at(START, "Europe/London", 30, 10)
    fact = ChangeRefused(
        appointment_id, client_id, new_id(), new_id(), new_id(), "change", "too_late_to_change", slot, START, 1, POLICY
    )
    asked = Asked(practice_id, new_id(), "reschedule", appointment_id, Actor("client", client_id), "print")
    return asked, Refusal(new_id(), fact, START)


def refuse(ledger: Ledger, practice_id: UUID, appointment_id: UUID, client_id: UUID) -> int | None:
    """Its position; None where it was left out."""
    asked, told = refusal(practice_id, appointment_id, client_id)
    return ledger.remember(asked, Answer("too_late_to_change", True, {}), told).answer.position


def test_it_is_recorded_with_its_answer_in_a_stream_of_its_own(store: Store) -> None:
    ledger, one, recorded = store
    asked, told = refusal(one, new_id(), new_id())
    answered = ledger.remember(asked, Answer("too_late_to_change", True, {}), told)
    assert answered == Answered(Answer("too_late_to_change", True, {}, 1), "print")
    (event,) = recorded()
    assert (event.stream_id, event.stream_version, event.position) == (f"refusal-{asked.command_id}", 1, 1)
    assert (event.type, event.actor, event.command_id) == ("ChangeRefused", asked.actor, asked.command_id)
    assert ledger.read(one, None, asked.command_id).answered == answered


def test_the_first_answer_stands_and_nothing_is_recorded_twice(store: Store) -> None:
    ledger, one, recorded = store
    asked, told = refusal(one, new_id(), new_id())
    first = ledger.remember(asked, Answer("too_late_to_change", True, {}), told)
    other = ledger.remember(replace(asked, fingerprint="other"), Answer("slot_taken", True, {}), told)
    assert (other, len(recorded())) == (first, 1)
    kept = replace(asked, command_id=new_id())
    ledger.remember(kept, Answer("unchanged", False, {}))
    assert ledger.remember(kept, Answer("slot_taken", True, {}), told).answer.outcome == "unchanged"
    assert len(recorded()) == 1


@pytest.mark.prove
def test_fifty_repeats_at_once_are_one_refusal(store: Store) -> None:
    ledger, one, recorded = store
    often = rounds(2, 200)
    for _ in range(often):
        before = len(recorded())
        asked, told = refusal(one, new_id(), new_id())

        def repeat(_: int, asked: Asked = asked, told: Refusal = told) -> Answered:
            return ledger.remember(asked, Answer("too_late_to_change", True, {}), told)

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(repeat, range(50)))
        assert {one.answer.position for one in answers} == {before + 1}
        assert len(recorded()) == before + 1
    if isinstance(ledger, PostgresLedger):
        said = (
            f"{often} refused commands, each sent 50 times from 16 threads: {len(recorded())} events, one answer each."
        )
        evidence("refusals-recorded-once", "Refusals are recorded once", [said])


def test_the_limits_are_exact_under_parallel_posts_and_the_rest_is_counted(store: Store) -> None:
    ledger, one, recorded = store
    appointment_id, client_id = new_id(), new_id()
    with ThreadPoolExecutor(16) as pool:
        positions = list(pool.map(lambda _: refuse(ledger, one, appointment_id, client_id), range(40)))
    assert sorted(position for position in positions if position) == list(range(1, PER_APPOINTMENT + 1))
    with ThreadPoolExecutor(16) as pool:
        others = list(pool.map(lambda _: refuse(ledger, one, new_id(), client_id), range(40)))
    assert len([position for position in others if position]) == PER_PERSON - PER_APPOINTMENT
    assert [event.position for event in recorded()] == list(range(1, PER_PERSON + 1))
    assert refuse(ledger, one, appointment_id, new_id()) is None, "the appointment's limit"
    assert refuse(ledger, one, new_id(), new_id()) == PER_PERSON + 1, "somebody else's appointment"


@pytest.fixture
def appointment(practice: Any, at: At) -> Any:
    """Tomorrow's appointment of Pat's, inside both windows of 24 hours."""
    return practice.book(datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=20))


def move(practice: Any, appointment: Any, headers: dict[str, str], at: At, **more: Any) -> Any:
    path = f"/v1/appointments/{appointment['id']}/reschedule"
    return practice.post(path, headers, **{"revision": 1, "starts_at": at(16).isoformat(), **more})


def test_over_http_it_is_told_recorded_and_listed_and_the_appointment_does_not_move(
    practice: Any, appointment: Any, at: At
) -> None:
    before = practice.get(f"/v1/appointments/{appointment['id']}", practice.as_pat())
    answer = move(practice, appointment, practice.as_pat(), at, message="a secret reason")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "too_late_to_change")
    after = practice.get(f"/v1/appointments/{appointment['id']}", practice.as_pat())
    assert (after.get_json(), after.headers["ETag"]) == (before.get_json(), before.headers["ETag"])
    practice.project()
    page = practice.get("/v1/refusals", practice.as_staff()).get_json()
    (line,) = page["refusals"]
    assert (page["page"], page["pages"]) == (1, 1)
    assert line["actor"] == {"kind": "client", "id": str(practice.pat)}
    assert (line["wanted"], line["code"], line["unrecorded_before"]) == ("change", "too_late_to_change", 0)
    assert (line["starts_at"], line["zone"]) == (appointment["starts_at"], "Europe/London")
    assert line["wanted_starts_at"] == at(16).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert "secret" not in str(practice.events()) + str(page)
    for query, found in (({"client": new_id()}, 0), ({"client": practice.pat}, 1), ({"appointment": new_id()}, 0)):
        assert len(practice.get("/v1/refusals", practice.as_staff(), **query).get_json()["refusals"]) == found


def test_left_out_ones_are_counted_by_the_next(practice: Any, appointment: Any, at: At) -> None:
    for _ in range(PER_APPOINTMENT + 3):
        assert move(practice, appointment, practice.as_pat(), at).status_code == 409
    assert len(practice.events("ChangeRefused")) == PER_APPOINTMENT
    with psycopg.connect(practice.rows.url("superuser"), autocommit=True) as connection:
        connection.execute("UPDATE commands SET answered_at = answered_at - interval '1 hour'")
    for _ in range(2):
        move(practice, appointment, practice.as_pat(), at)
    assert [one["unrecorded_before"] for one in practice.events("ChangeRefused")][PER_APPOINTMENT:] == [3, 0]
    assert move(practice, appointment, practice.as_staff(), at).get_json()["outcome"] == "rescheduled"


def test_refusals_of_a_release_that_recorded_none_do_not_count_as_left_out(
    practice: Any, appointment: Any, at: At
) -> None:
    move(practice, appointment, practice.as_pat(), at)
    with psycopg.connect(practice.rows.url("superuser"), autocommit=True) as connection:
        connection.execute("UPDATE commands SET position = NULL, left_out = NULL WHERE refused")
    move(practice, appointment, practice.as_pat(), at)
    assert [one["unrecorded_before"] for one in practice.events("ChangeRefused")] == [0, 0]


def test_refusals_do_not_stand_in_the_way_of_changes(practice: Any, at: At) -> None:
    theirs = [practice.book(at(8 + number), clinician=new_id()) for number in range(8)]

    def refused(number: int) -> int:
        http = practice.http.application.test_client()
        body = {"command_id": str(new_id()), "revision": 99, "starts_at": at(20).isoformat()}
        path = f"/v1/appointments/{theirs[number % 8]['id']}/reschedule"
        return int(http.post(path, json=body, headers=practice.as_pat()).status_code)

    def changed(number: int) -> int:
        http = practice.http.application.test_client()
        body = {"command_id": str(new_id()), "revision": 1, "starts_at": at(20, 15).isoformat()}
        path = f"/v1/appointments/{theirs[number]['id']}/reschedule"
        return int(http.post(path, json=body, headers=practice.as_pat()).status_code)

    with ThreadPoolExecutor(12) as pool:
        refusals = [pool.submit(refused, number) for number in range(24)]
        changes = [pool.submit(changed, number) for number in range(8)]
    assert [one.result() for one in changes] == [200] * 8
    assert {one.result() for one in refusals} == {409}
    with practice.database.transaction(practice.practice_id) as connection:
        positions = [event.position for event in read_all(connection, practice.practice_id)]
    assert positions == list(range(1, len(positions) + 1))


def test_the_view_is_checked_and_rebuilt_like_the_others(practice: Any, appointment: Any, at: At) -> None:
    for _ in range(3):
        move(practice, appointment, practice.as_pat(), at)
    practice.project()
    with psycopg.connect(practice.rows.url("superuser"), autocommit=True) as connection:
        connection.execute("DELETE FROM refusals_v1 WHERE position = (SELECT max(position) FROM refusals_v1)")
    run = CliRunner()
    assert run.invoke(projections, ["rebuild", "refusals", "--check"]).exit_code == 3
    assert run.invoke(projections, ["rebuild", "refusals", "--yes"]).exit_code == 0
    assert run.invoke(projections, ["rebuild", "--check"]).exit_code == 0
    assert len(practice.get("/v1/refusals", practice.as_staff()).get_json()["refusals"]) == 3


def test_nobody_of_another_practice_and_no_client_sees_refusals(new_practice: Any, at: At) -> None:
    one, two = new_practice(), new_practice()
    mine = one.book(at(9))
    assert move(one, mine, one.as_pat(), at, revision=9).status_code == 409
    one.project()
    assert len(one.get("/v1/refusals", one.as_staff("auditor")).get_json()["refusals"]) == 1
    for query in ({}, {"client": one.pat}, {"appointment": mine["id"]}):
        assert two.get("/v1/refusals", two.as_staff(), **query).get_json()["refusals"] == []
    assert one.get("/v1/refusals", one.as_pat()).status_code == 403
    assert one.get("/v1/refusals", {}).status_code == 401
