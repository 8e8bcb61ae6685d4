"""The picker's times over HTTP, on a real database, while the ledger moves on (F19-F21, F28, F36-F41)."""

import time
from typing import Any
from uuid import uuid4

import pytest
from harbour_practice import Practice
from world import eventually

TUESDAY = "2026-12-01"


def test_the_picker_opens_on_the_first_free_week_and_knows_the_limit(practice: Practice) -> None:
    body = practice.times(**{"from": "first"})
    assert (body["from"], body["to"], body["first_week"]) == ("2026-11-30", "2026-12-07", "2026-11-30")
    assert (body["earlier_from"], body["later_from"]) == (None, "2026-12-07")
    assert body["last_date"] == "2027-01-25"
    assert body["zone"] == "Europe/London"
    assert body["up_to_date"] is True
    monday = body["days"][0]
    assert monday["times"][0] == {"starts_at": "2026-11-30T10:15:00Z", "wall": "10:15"}
    assert [day["date"] for day in body["days"] if not day["times"]] == ["2026-12-05", "2026-12-06"]
    assert practice.walls(TUESDAY)[:2] == ["09:00", "09:15"]
    assert practice.walls(TUESDAY)[-1] == "16:30"


def test_a_booked_time_and_its_buffer_are_gone_and_free_again_after_a_cancellation(practice: Practice) -> None:
    ten = practice.at(1, 10)
    appointment = practice.ledger.book(ten)
    taken = set(practice.walls(TUESDAY, min_position=1))
    assert not taken & {"09:30", "09:45", "10:00", "10:15", "10:30"}
    assert {"09:15", "10:45"} <= taken
    position = practice.ledger.cancel(appointment, ten)
    assert {"09:45", "10:00"} <= set(practice.walls(TUESDAY, min_position=position))


def test_a_status_frees_the_time_in_the_next_query_and_takes_it_back(practice: Practice) -> None:
    ten = practice.at(1, 10)
    appointment = practice.ledger.book(ten)
    position = practice.ledger.give_status(appointment, ten, "did_not_attend", False, 2)
    assert "10:00" in practice.walls(TUESDAY, min_position=position)
    position = practice.ledger.give_status(appointment, ten, "confirmed", True, 3)
    assert "10:00" not in practice.walls(TUESDAY, min_position=position)


def test_a_moved_appointment_frees_the_old_time_and_takes_the_new_one(practice: Practice) -> None:
    ten, two = practice.at(1, 10), practice.at(1, 14)
    appointment = practice.ledger.book(ten)
    position = practice.ledger.reschedule(appointment, ten, two)
    offered = practice.walls(TUESDAY, min_position=position)
    assert "10:00" in offered
    assert "14:00" not in offered


def test_without_a_position_news_are_seen_within_a_second(practice: Practice) -> None:
    assert "10:00" in practice.walls(TUESDAY)
    practice.ledger.book(practice.at(1, 10))
    until = time.monotonic() + 1.0
    while "10:00" in practice.walls(TUESDAY):
        assert time.monotonic() < until, "a taken time was offered for more than a second"


def test_an_appointment_sees_its_own_time_as_free(practice: Practice) -> None:
    pat = uuid4()
    own, other = practice.ledger.book(practice.at(1, 10), pat), practice.ledger.book(practice.at(1, 14), uuid4())
    offered = practice.walls(TUESDAY, practice.client(pat), exclude=own, min_position=2)
    assert "10:00" in offered
    assert "14:00" not in offered
    assert "14:00" in practice.walls(TUESDAY, exclude=other)


def test_nobody_learns_of_anothers_appointment_by_excluding_it(practice: Practice) -> None:
    pat, charlie = uuid4(), uuid4()
    first, second = practice.ledger.book(practice.at(1, 10), pat), practice.ledger.book(practice.at(1, 14), pat)
    assert "10:00" not in practice.walls(TUESDAY, practice.client(charlie), exclude=first, min_position=2)
    limited = practice.client(pat, appointment_id=first)
    assert "14:00" not in practice.walls(TUESDAY, limited, exclude=second)
    assert "10:00" in practice.walls(TUESDAY, limited, exclude=first)


def test_a_silent_ledger_is_admitted_and_times_are_offered_all_the_same(practice: Practice) -> None:
    assert practice.times()["up_to_date"] is True
    practice.ledger.silent = True
    body = eventually(lambda: None if (times := practice.times())["up_to_date"] else times)
    assert body["up_to_date"] is False
    assert body["first_week"] == "2026-11-30"
    practice.ledger.silent = False
    assert practice.times()["up_to_date"] is True


def test_what_is_older_than_the_copys_revision_changes_nothing(practice: Practice) -> None:
    ten, two = practice.at(1, 10), practice.at(1, 14)
    appointment = practice.ledger.book(ten)
    practice.ledger.reschedule(appointment, ten, two, revision=3)
    position = practice.ledger.cancel(appointment, ten, revision=2)
    assert "14:00" not in practice.walls(TUESDAY, min_position=position)


def test_closures_absences_and_dates_are_not_offered(practice: Practice) -> None:
    practice.execute("INSERT INTO closures VALUES (%s, %s, NULL, '2026-12-01', '2026-12-02')", practice.id, uuid4())
    practice.execute(
        "INSERT INTO absences VALUES (%s, %s, %s, '2026-12-03 09:00Z', '2026-12-03 12:00Z')",
        practice.id, uuid4(), practice.bo,
    )  # fmt: skip
    practice.execute(
        "INSERT INTO working_dates VALUES (%s, %s, %s, '2026-12-04', '[[840, 900]]')",
        practice.id, practice.bo, practice.location,
    )  # fmt: skip
    assert practice.walls(TUESDAY) == []
    assert practice.walls("2026-12-02") == []
    assert practice.walls("2026-12-03")[0] == "13:00"
    assert practice.walls("2026-12-04") == ["14:00", "14:15", "14:30"]


def test_a_locations_timetable_narrows_the_hours(practice: Practice) -> None:
    practice.execute("INSERT INTO timetable_hours VALUES (%s, %s, 1, 600, 660)", practice.id, practice.location)
    practice.execute(
        "INSERT INTO timetable_dates VALUES (%s, %s, '2026-12-02', '[[540, 600]]')", practice.id, practice.location
    )
    assert practice.walls(TUESDAY) == ["10:00", "10:15", "10:30"]
    assert practice.walls("2026-12-02") == ["09:00", "09:15", "09:30"]
    assert practice.walls("2026-12-03") == []


def test_a_client_is_offered_nothing_while_the_switch_is_off(practice: Practice) -> None:
    practice.execute("UPDATE clinicians SET available_online = false WHERE clinician_id = %s", practice.bo)
    assert practice.times(practice.client(uuid4()))["first_week"] is None
    assert practice.times()["first_week"] == "2026-11-30"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"clinician": uuid4()}, "clinician"),
        ({"location": uuid4()}, "location"),
        ({"appointment_type": uuid4()}, "appointment_type"),
        ({"clinician": "x"}, "clinician"),
        ({"from": "31 June"}, "from"),
        ({"weeks": 9}, "weeks"),
        ({"weeks": "two"}, "weeks"),
        ({"duration": 0}, "duration"),
        ({"buffer": -1}, "buffer"),
        ({"min_position": -1}, "min_position"),
        ({"unheard_of": 1}, "unheard_of"),
    ],
)
def test_bad_input_names_its_field(practice: Practice, query: dict[str, Any], field: str) -> None:
    named = {"clinician": practice.bo, "location": practice.location, "appointment_type": practice.type, **query}
    answer = practice.http.get("/v1/offered-times", query_string=named, headers=practice.staff())
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert list(answer.get_json()["errors"]) == [field]


def test_charlie_sees_nothing(practice: Practice) -> None:
    named = {"clinician": practice.bo, "location": practice.location, "appointment_type": practice.type}
    foreign = practice.staff(practice=uuid4())
    assert practice.http.get("/v1/offered-times", query_string=named, headers=foreign).status_code == 422
    assert practice.http.get("/v1/offered-times", query_string=named).status_code == 401
    assert practice.http.get("/v1/catalogue", headers=foreign).status_code == 404
    assert practice.http.get("/v1/catalogue").status_code == 401
