"""As of a moment: what the past views answer later is what the live views answered then, byte for byte (F50)."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import psycopg
import pytest
from proving import evidence, rounds
from random_history import History

from clinic.kernel.client_time import utc_text


@pytest.mark.prove
@pytest.mark.timeout(7200)
def test_what_is_told_later_of_random_moments_is_what_was_shown_then(new_practice: Callable[[], Any]) -> None:
    outcomes: Counter[str] = Counter()
    lines, histories, moments = [], rounds(gate=2, full=4), rounds(gate=5, full=100)
    for seed in range(histories):
        history = History(new_practice(), random.Random(seed))
        history.live(steps=rounds(gate=50, full=300), moments=moments)
        compared = history.compare()
        events = len(history.practice.events())
        lines.append(f"- history {seed}: {events} events, {moments} moments, {compared} answers, all the same")
        assert compared > 10 * moments
        outcomes += history.outcomes
    for kind in ("appointments done", "reschedule done", "reschedule refused", "cancel done", "status done"):
        assert outcomes[kind], outcomes
    assert outcomes["payments done"], outcomes
    evidence("as-of", "As of random moments: what is told later is what was shown then", lines)


def test_views_that_are_behind_or_were_never_built_change_no_answer(practice: Any) -> None:
    history = History(practice, random.Random(7))
    history.live(steps=30, moments=4)
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        for table, consumer in (("appointment_times_v1", "appointment_times@1"), ("client_list_v2", "client_list@2")):
            connection.execute(f"DELETE FROM {table}")  # type: ignore[arg-type]
            connection.execute("DELETE FROM consumer_checkpoints WHERE consumer = %s", (consumer,))
        connection.execute("DELETE FROM appointment_history_v3 WHERE position > 20")
        connection.execute("UPDATE consumer_checkpoints SET position = 20 WHERE consumer = 'appointment_history@3'")
    assert history.compare() > 40


def test_a_parked_event_is_in_the_answers_all_the_same(practice: Any, at: Callable[..., datetime]) -> None:
    practice.book(at(10))
    practice.project()
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        connection.execute("DELETE FROM client_list_v2")
        connection.execute(
            "INSERT INTO parked_events (consumer, source, practice_id, position, event_id, stream_id, type, reason,"
            " event) SELECT 'client_list@2', 'appointments', practice_id, position, event_id, stream_id, type, '', '{}'"
            " FROM events WHERE type = 'AppointmentBooked'"
        )
        connection.execute("UPDATE consumer_checkpoints SET parked = 1 WHERE consumer = 'client_list@2'")
        (now,) = connection.execute("SELECT clinic_now()").fetchone() or (None,)
    query = {"at": utc_text(now), "client": practice.pat}  # type: ignore[arg-type]
    found = practice.get("/v1/as-of/appointments", practice.as_staff(), **query).get_json()
    assert len(found["appointments"]) == 1
