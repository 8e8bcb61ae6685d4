"""A second run: what the files changed is taken, what was changed here stays, what is gone is told (ADR 0025)."""

from datetime import UTC, datetime
from typing import Any

import pytest

AT_TWO = {"starts": "2099-01-05T14:00", "ends": "2099-01-05T14:30"}


def untouched(operator: Any) -> dict[str, tuple[int, int]]:
    """What a run that finds nothing to do says."""
    return {"identity": (0, 0), "availability": (0, 0), "appointments": (0, 0)}


@pytest.fixture(autouse=True)
def imported(operator: Any) -> None:
    """The practice is there."""
    operator.summary()


def test_one_changed_row_is_one_change(operator: Any) -> None:
    before = len(operator.events())
    operator.change("appointments.csv", "A4", **AT_TWO)
    assert operator.numbers() == untouched(operator) | {"appointments": (0, 1)}
    assert len(operator.events()) == before + 1
    assert operator.stream("A4")[-1] == ("AppointmentRescheduled", "import", 2)
    assert operator.state("A4").slot.local_start == "2099-01-05T14:00"
    assert operator.numbers() == untouched(operator)


@pytest.mark.parametrize(
    ("ref", "status", "event", "occupies"),
    [
        ("A4", "confirmed", "AppointmentStatusChanged", True),
        ("A4", "did_not_attend", "AppointmentStatusChanged", False),
        ("A4", "cancelled_by_practice", "AppointmentCancelled", False),
        ("A5", "booked", "AppointmentStatusChanged", True),
        ("A5", "cancelled_by_practice", "AppointmentStatusChanged", False),
    ],
)
def test_a_status_is_taken(operator: Any, ref: str, status: str, event: str, *, occupies: bool) -> None:
    operator.change("appointments.csv", ref, status=status)
    assert operator.numbers()["appointments"] == (0, 1)
    assert operator.stream(ref)[-1] == (event, "import", 2)
    assert (operator.state(ref).status, operator.state(ref).occupies) == (status, occupies)
    (row,) = operator.rows(
        "appointments", "SELECT occupies FROM occupancy WHERE appointment_id = %s", operator.appointment(ref)
    )
    assert row["occupies"] is occupies


def test_time_and_status_at_once_are_two_events_of_one_stream(operator: Any) -> None:
    operator.change("appointments.csv", "A5", status="booked", **AT_TWO)
    operator.change("appointments.csv", "A4", status="cancelled_by_client", **AT_TWO)
    assert operator.numbers()["appointments"] == (0, 2)
    assert [event for event, _, _ in operator.stream("A5")[1:]] == [
        "AppointmentStatusChanged",
        "AppointmentRescheduled",
    ]
    assert [event for event, _, _ in operator.stream("A4")[1:]] == ["AppointmentRescheduled", "AppointmentCancelled"]
    assert [version for _, _, version in operator.stream("A5")] == [1, 2, 3]
    assert (operator.state("A5").revision, operator.state("A5").occupies) == (3, True)


def test_two_appointments_may_swap_their_times(operator: Any) -> None:
    operator.change("appointments.csv", "A5", status="booked")
    operator.summary()
    operator.change("appointments.csv", "A4", starts="2099-01-05T12:00", ends="2099-01-05T12:30")
    operator.change("appointments.csv", "A5", starts="2099-01-05T11:00", ends="2099-01-05T11:30")
    assert operator.numbers()["appointments"] == (0, 2)
    assert not operator.state("A4").overlap_accepted
    assert not operator.state("A5").overlap_accepted


def test_a_move_onto_another_is_kept_marked_and_told(operator: Any) -> None:
    operator.change("appointments.csv", "A5", status="booked", starts="2099-01-05T11:10", ends="2099-01-05T11:40")
    summary = operator.summary()
    assert {one["ref"] for one in summary["overlapping"]} == {"A2", "A3", "A4", "A5"}
    assert operator.state("A5").overlap_accepted


def test_what_a_client_moved_here_is_left_and_told_until_both_agree(operator: Any) -> None:
    operator.client_moves("A4", datetime(2099, 1, 6, 9, tzinfo=UTC))
    assert operator.numbers() == untouched(operator), "the row says what it said before"
    operator.change("appointments.csv", "A4", status="confirmed", **AT_TWO)
    for _ in range(2):
        summary = operator.summary(code=4)
        assert summary["written"]["appointments"]["changed"] == 0
        assert [(one["line"], one["ref"], one["column"]) for one in summary["left"]] == [
            (5, "A4", "starts"), (5, "A4", "status"),
        ]  # fmt: skip
        assert {one["reason"] for one in summary["left"]} == {"was changed here since the last import"}
    assert operator.state("A4").slot.local_start == "2099-01-06T09:00"
    told = operator.run()
    assert "appointments.csv, line 5 (A4), starts: was changed here since the last import" in told.stdout
    operator.change("appointments.csv", "A4", status="booked", starts="2099-01-06T09:00", ends="2099-01-06T09:30")
    assert operator.numbers() == untouched(operator)


def test_a_payment_here_leaves_the_appointment_the_imports_own(operator: Any) -> None:
    operator.change("appointments.csv", "A2", **AT_TWO)
    assert operator.numbers()["appointments"] == (0, 1)
    assert operator.stream("A2")[-1] == ("AppointmentRescheduled", "import", 3)
    assert operator.state("A2").paid_pence == 4800


@pytest.mark.parametrize(("column", "value"), [("client", "sam"), ("clinician", "bo"), ("location", "hill")])
def test_what_never_changes_is_told_and_the_rest_is_taken(operator: Any, column: str, value: str) -> None:
    operator.change("appointments.csv", "A4", **{"client": "sam", column: value, "status": "confirmed"})
    operator.change("appointments.csv", "A4", **({"client": "pat"} if column == "client" else {}))
    summary = operator.summary(code=4)
    assert summary["written"]["appointments"]["changed"] == 1
    assert [(one["ref"], one["column"], one["reason"]) for one in summary["left"]] == [
        ("A4", column, "cannot change after the first import")
    ]
    assert operator.state("A4").status == "confirmed"
    assert operator.summary(code=4)["written"]["appointments"]["changed"] == 0


def test_rows_that_are_gone_are_told_and_stay(operator: Any) -> None:
    for file, ref in (("payments.csv", "P3"), ("appointments.csv", "A2"), ("users.csv", "olga")):
        operator.drop(file, ref)
    summary = operator.summary()
    assert summary["missing"] == {"payments.csv": ["P3"], "appointments.csv": ["A2"], "users.csv": ["olga"]}
    assert operator.state("A2").occupies
    assert operator.rows("identity", "SELECT count(*) AS n FROM users") == [{"n": 3}]


def test_a_clients_new_contact_ends_links_and_sessions(operator: Any) -> None:
    (pat,) = operator.rows("identity", "SELECT practice_id, client_id FROM clients WHERE external_ref = 'pat'")
    operator.rows(
        "identity",
        "INSERT INTO links (practice_id, token_hash, link_id, kind, client_id, appointment_id) "
        "VALUES (%s, sha256('x'), gen_random_uuid(), 'appointment', %s, gen_random_uuid())",
        *pat.values(),
    )
    operator.rows(
        "identity",
        "INSERT INTO sessions (practice_id, secret_hash, session_id, face, client_id, created_at, last_seen_at) "
        "VALUES (%s, sha256('x'), gen_random_uuid(), 'client', %s, now(), now())",
        *pat.values(),
    )
    operator.change("clients.csv", "pat", postcode="L9 9ZZ")
    assert operator.numbers()["identity"] == (0, 1)
    assert operator.rows("identity", "SELECT revoked_at FROM links") == [{"revoked_at": None}]
    operator.change("clients.csv", "pat", email="new@x.example")
    assert operator.numbers()["identity"] == (0, 1)
    (link,), (session,) = (
        operator.rows("identity", f"SELECT {column} AS ended FROM {table}")
        for table, column in (("links", "revoked_at"), ("sessions", "ended_at"))
    )
    assert link["ended"]
    assert session["ended"]
    changed = [event for event in operator.events("identity") if event["type"] == "ClientDetailsChanged"]
    assert [(event["data"]["changed"], event["actor_kind"]) for event in changed] == [
        (["postcode"], "import"), (["email"], "import"),
    ]  # fmt: skip
    (found,) = operator.rows("identity", "SELECT count(*) AS n FROM client_search_words WHERE word = 'new@x.example'")
    assert found["n"] == 1


def test_a_field_that_both_changed_stays_and_is_told(operator: Any) -> None:
    operator.rows(
        "identity",
        "UPDATE clients SET email = 'desk@x.example', mobile = '', version = version + 1 WHERE external_ref = 'pat'",
    )
    assert operator.numbers() == untouched(operator), "only here something changed"
    operator.change("clients.csv", "pat", email="file@x.example", last_name="Marlowe")
    summary = operator.summary(code=4)
    assert summary["written"]["identity"]["changed"] == 1
    assert [(one["ref"], one["column"]) for one in summary["left"]] == [("pat", "email")]
    (pat,) = operator.rows("identity", "SELECT email, mobile, last_name FROM clients WHERE external_ref = 'pat'")
    assert pat == {"email": "desk@x.example", "mobile": "", "last_name": "Marlowe"}
    assert "x.example" not in str(summary), "no report repeats a contact"


def test_places_types_clinicians_hours_and_settings_are_updated_as_one_new_version_of_the_rules(operator: Any) -> None:
    before = operator.events("availability")
    operator.change("locations.csv", "hill", address="3 Hill Road")
    operator.change("appointment_types.csv", "first", price="52.00", clinicians="bo")
    operator.change("users.csv", "bo", available_online="no", title="Physiotherapist")
    operator.change("working_hours.csv", "Tuesday", "weekday", starts="10:00")
    path = operator.directory / "practice.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[booking]\noffset = "2h"\n', encoding="utf-8")
    assert operator.numbers() == untouched(operator) | {"availability": (0, 5)}
    switched, rules = operator.events("availability")[len(before) :]
    assert (switched["type"], switched["data"]["available"], switched["stream_version"]) == (
        "OnlineBookingSwitched", False, 2,
    )  # fmt: skip
    assert rules["data"]["changed"] == [
        "booking_settings", "locations", "clinicians", "appointment_types", "working_hours",
    ]  # fmt: skip
    hours = operator.rows("availability", "SELECT starts_minute FROM working_hours WHERE weekday = 1")
    assert hours == [{"starts_minute": 600}]
    assert operator.numbers() == untouched(operator)


def test_a_profile_that_the_clinician_changed_stays(operator: Any) -> None:
    operator.rows("availability", "UPDATE clinicians SET title = 'Mine' WHERE display_name = 'Dr Bo'")
    assert operator.numbers() == untouched(operator)
    operator.change("users.csv", "bo", title="Theirs", description="Knees.")
    summary = operator.summary(code=4)
    assert [(one["file"], one["line"], one["ref"], one["column"]) for one in summary["left"]] == [
        ("users.csv", 2, "bo", "title")
    ]
    (bo,) = operator.rows("availability", "SELECT title, description FROM clinicians WHERE display_name = 'Dr Bo'")
    assert bo == {"title": "Mine", "description": "Knees."}


def test_users_are_updated_and_their_sessions_end_with_another_role(operator: Any) -> None:
    operator.change("users.csv", "cy", name="Cyril Cole", role="receptionist")
    numbers = operator.numbers()
    assert numbers["identity"] == (0, 1)
    (cy,) = operator.rows("identity", "SELECT name, role FROM users WHERE external_ref = 'cy'")
    assert cy == {"name": "Cyril Cole", "role": "receptionist"}


def test_two_users_cannot_take_one_anothers_address_unseen(operator: Any) -> None:
    operator.change("users.csv", "bo", email="cy@quay.example")
    operator.change("users.csv", "cy", email="bo@quay.example")
    summary = operator.summary(code=4)
    assert {(one["ref"], one["column"]) for one in summary["left"]} == {("bo", "email"), ("cy", "email")}


def test_settings_that_the_file_changed_are_taken_and_those_of_staff_stay(operator: Any) -> None:
    path = operator.directory / "practice.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + 'policy_text = "Free until noon."\n', encoding="utf-8")
    operator.summary()
    (latest,) = [event for event in operator.events() if event["type"] == "PortalSettingsChanged"][-1:]
    assert (latest["actor_kind"], latest["data"]["changed"]) == ("import", ["policy_text"])
    assert latest["data"]["settings"]["portal_on"] is True
    assert operator.numbers() == untouched(operator)


def test_an_import_by_the_release_before_is_recognised(operator: Any) -> None:
    for database, statement in (
        ("identity", "UPDATE clients SET imported = NULL"),
        ("identity", "UPDATE users SET imported = NULL"),
        ("identity", "UPDATE practices SET imported = NULL"),
        ("availability", "DELETE FROM imported_rows"),
        ("appointments", "UPDATE imported_appointments SET fingerprint = NULL"),
        ("appointments", "DELETE FROM imported_settings"),
    ):
        operator.rows(database, statement)
    operator.change("clients.csv", "eve", last_name="Eklund")
    operator.change("appointments.csv", "A4", **AT_TWO)
    assert operator.numbers() == untouched(operator) | {"identity": (0, 1), "appointments": (0, 1)}
    assert operator.numbers() == untouched(operator)
