"""What operators see of consumers and parked events, and what they may decide (A5, ADR 0028)."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from click.testing import Result
from typer.testing import CliRunner

from clinic.infra.operating_commands import consumers
from clinic.infra.parked_commands import parked

SECRET = "Pat fears the dark"


def refusing(effects, *positions):
    def handle(connection, event):
        if event.position in positions:
            raise ValueError(SECRET)
        effects.apply(connection, event)

    return handle


@pytest.fixture
def clinic(ledger, effects, monkeypatch) -> Callable[..., Result]:
    """`clinic(parked, "list")` with the environment of an operator who knows both databases."""
    monkeypatch.setenv("AVAILABILITY_OPS_DATABASE_URL", ledger.url("ops"))
    monkeypatch.setenv("NOTIFICATIONS_OPS_DATABASE_URL", effects.url("ops"))

    def run(group: Any, *arguments: object, answer: str = "") -> Result:
        return CliRunner().invoke(group, [str(one) for one in arguments], input=answer)

    return run


@pytest.fixture
def poisoned(ledger, effects, make_consumer):
    """A practice whose first event fails: `abaa` leaves 1, 3 and 4 parked."""
    practice = ledger.practice()
    ledger.append(practice, *"abaa")
    make_consumer(refusing(effects, 1)).receive(ledger.events(practice))
    return practice


def of_consumer(listed: Result) -> dict[str, Any]:
    (line,) = (one for one in json.loads(listed.stdout) if one["consumer"] == "test")
    return line


def test_a_consumer_is_listed_with_its_lag_in_events_and_seconds(clinic, ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    make_consumer().catch_up(practice)
    at_the_end = of_consumer(clinic(consumers, "list", "--json"))
    assert (at_the_end["position"], at_the_end["head"]) == (2, 2)
    assert (at_the_end["lag_events"], at_the_end["lag_seconds"]) == (0, 0)
    ledger.append(practice, *"cde")
    hour_ago = "UPDATE events SET recorded_at = recorded_at - interval '1 hour' WHERE position = 3"
    ledger.as_owner_of_everything(hour_ago)
    behind = of_consumer(clinic(consumers, "list", "notifications", "--json"))
    assert behind["lag_events"] == 3
    assert 3600 <= behind["lag_seconds"] < 3700, "the age of the oldest event that is not applied"
    told = clinic(consumers, "list")
    assert told.exit_code == 0
    assert "follows" in told.stdout


def test_a_practice_that_a_consumer_has_never_heard_of_is_listed_as_a_lag(clinic, ledger, make_consumer):
    known, unknown = ledger.practice(), ledger.practice()
    ledger.append(known, "a")
    make_consumer().catch_up(known)
    ledger.append(unknown, *"ab")
    listed = json.loads(clinic(consumers, "list", "--json").stdout)
    assert {one["practice_id"]: one["lag_events"] for one in listed} == {str(known): 0, str(unknown): 2}


def test_a_check_is_red_while_something_is_parked_or_stopped(clinic, ledger, make_consumer, poisoned):
    red = clinic(consumers, "list", "--check")
    assert red.exit_code == 3
    ids = [event.event_id for event in ledger.events(poisoned)]
    assert clinic(parked, "retry", ids[0]).exit_code == 0
    consumer = make_consumer()
    consumer.catch_up_all()
    assert clinic(consumers, "list", "--check").exit_code == 0
    ledger.as_owner_of_everything("UPDATE heads SET position = 2, last_event_id = %s", ids[1])
    unnoticed = clinic(consumers, "list", "--check")
    assert unnoticed.exit_code == 3
    assert "not noticed yet" in unnoticed.stdout
    consumer.catch_up_all()
    assert clinic(consumers, "list", "--check").exit_code == 3


def test_parked_events_are_listed_with_what_they_wait_for(clinic, poisoned):
    listed = json.loads(clinic(parked, "list", "--json").stdout)
    assert [(one["position"], one["because_of_position"], one["attempts"]) for one in listed] == [
        (1, None, 3),
        (3, 1, 0),
        (4, 1, 0),
    ]
    assert "ValueError at handle" in listed[0]["reason"]
    assert json.loads(clinic(parked, "list", "--practice", uuid4(), "--json").stdout) == []
    assert "position 1 of its stream is parked" in clinic(parked, "list", "notifications").stdout


def test_an_event_is_shown_with_its_reason_and_never_a_text(clinic, ledger, effects, poisoned):
    event = ledger.events(poisoned)[0]
    with effects.database.transaction(poisoned) as connection:
        body = 'replace(event, \'"available":\', \'"note":"\' || %s || \'","available":\')'
        connection.execute(f"UPDATE parked_events SET event = {body} WHERE position = 1", (SECRET,))
    told = clinic(parked, "show", event.event_id)
    assert told.exit_code == 0
    assert SECRET not in told.stdout
    (shown,) = json.loads(clinic(parked, "show", event.event_id, "--json").stdout)
    assert shown["data"] == {
        "clinician_id": str(event.data["clinician_id"]),
        "available": True,
        "note": f"a text of {len(SECRET)} characters",
    }
    assert (shown["type"], shown["position"], shown["attempts"]) == (event.type, 1, 3)
    assert shown["waiting"] == [3, 4]
    assert shown["reason"].startswith("failed 3 times")


def test_a_retry_by_its_id_has_its_effect_once(clinic, ledger, effects, make_consumer, poisoned):
    event = ledger.events(poisoned)[0].event_id
    assert clinic(parked, "retry", event).exit_code == 0
    fixed = make_consumer()
    fixed.catch_up_all()
    fixed.catch_up_all()
    assert effects.of(poisoned) == [2, 1, 3, 4]
    assert clinic(parked, "retry", event).exit_code == 1
    assert "Nothing is parked" in clinic(parked, "retry", "--all").stdout


def test_every_failed_retry_is_counted(clinic, ledger, effects, make_consumer, poisoned):
    assert clinic(parked, "retry", "--all").exit_code == 0
    make_consumer(refusing(effects, 1)).catch_up_all()
    listed = json.loads(clinic(parked, "list", "--json").stdout)
    assert [one["attempts"] for one in listed] == [4, 0, 0]


def test_a_discarded_event_leaves_a_trace_and_lets_its_stream_go_on(clinic, ledger, effects, make_consumer, poisoned):
    event = ledger.events(poisoned)[0].event_id
    declined = clinic(parked, "discard", event, "--reason", "made by a test", answer="n\n")
    assert declined.exit_code == 1
    assert "will never apply it" in declined.output
    assert len(effects.parked(poisoned)) == 3
    assert clinic(parked, "discard", event, "--reason", "made by a test", answer="y\n").exit_code == 0
    consumer = make_consumer(refusing(effects, 1))
    consumer.catch_up_all()
    consumer.receive(ledger.events(poisoned))
    assert effects.of(poisoned) == [2, 3, 4]
    assert effects.parked(poisoned) == {}
    assert consumer.checkpoint(poisoned).parked == 0
    (trace,) = json.loads(clinic(parked, "list", "--discarded", "--json").stdout)
    assert (trace["event_id"], trace["position"], trace["because"]) == (str(event), 1, "made by a test")
    assert trace["discarded_by"]
    assert trace["attempts"] == 3


def test_a_trace_cannot_be_changed_or_removed(effects, ledger, clinic, poisoned):
    clinic(parked, "discard", ledger.events(poisoned)[0].event_id, "--reason", "x", "--yes")
    with effects.database.connection() as connection:
        for role in ("api", "worker", "ops"):
            for verb in ("UPDATE", "DELETE", "TRUNCATE"):
                row = connection.execute(
                    "SELECT has_table_privilege(%s, 'discarded_events', %s) AS may", (f"notifications_{role}", verb)
                ).fetchone()
                assert row == {"may": False}, (role, verb)


def test_what_only_waits_cannot_be_discarded(clinic, ledger, effects, poisoned):
    told = clinic(parked, "discard", ledger.events(poisoned)[2].event_id, "--reason", "x", "--yes")
    assert told.exit_code == 2
    assert "waits for position 1" in told.output
    assert len(effects.parked(poisoned)) == 3


@pytest.mark.parametrize(
    ("group", "arguments", "code", "words"),
    [
        (consumers, ["list", "diary"], 2, "there are identity, appointments, availability, notifications"),
        (consumers, ["list", "identity"], 75, "IDENTITY_OPS_DATABASE_URL is not set"),
        (parked, ["list", "diary"], 2, "There is no service diary"),
        (parked, ["show", "seven"], 2, "Error"),
        (parked, ["show", "00000000-0000-0000-0000-000000000001"], 1, "No event"),
        (parked, ["retry"], 2, "Name an event, or say --all"),
        (parked, ["discard", "00000000-0000-0000-0000-000000000001"], 2, "--reason"),
        (parked, ["discard", "00000000-0000-0000-0000-000000000001", "--reason", " "], 2, "A reason is needed"),
        (parked, ["discard", "00000000-0000-0000-0000-000000000001", "--reason", "x", "--yes"], 1, "No event"),
        (consumers, ["repair", "--source", "diary"], 2, "There is no service diary"),
        (consumers, ["repair"], 2, "APPOINTMENTS_OPS_DATABASE_URL is not set"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bad_input_is_said_plainly(clinic, group, arguments, code, words):
    told = clinic(group, *arguments)
    assert told.exit_code == code
    assert words in " ".join(told.output.split())


def test_a_rewind_goes_back_to_what_the_ledger_has(clinic, ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abc")
    make_consumer().catch_up(practice)

    def rewind(position: object, consumer: str = "test", source: str = "availability", of: object = practice) -> Result:
        return clinic(consumers, "rewind", "notifications", of, consumer, source, "--", position)

    assert rewind(-1).exit_code == 2
    assert rewind(4).exit_code == 2, "forward would skip events"
    assert rewind(1, consumer="nobody").exit_code == 1
    assert rewind(1, of=uuid4()).exit_code == 1
    assert rewind(1, source="diary").exit_code == 2
    assert rewind(1, source="appointments").exit_code == 2, "its ledger cannot be looked at"
    assert make_consumer().checkpoint(practice).position == 3
    assert rewind(1).exit_code == 0
    make_consumer().catch_up_all()
    assert effects.of(practice) == [1, 2, 3, 2, 3]


def test_a_view_is_rebuilt_not_rewound(clinic, ledger):
    told = clinic(consumers, "rewind", "availability", ledger.practice(), "last_switch@1", "availability", 0)
    assert told.exit_code == 2
    assert "clinic projections rebuild" in " ".join(told.output.split())


def test_while_the_database_is_away_that_is_said(clinic, monkeypatch):
    monkeypatch.setenv("NOTIFICATIONS_OPS_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")
    told = clinic(consumers, "list", "notifications")
    assert told.exit_code == 75
    assert "Not now" in told.output
    assert "Traceback" not in told.output
