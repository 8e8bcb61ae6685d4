"""The check at commit over HTTP (F18, F42): own rows only, and never what is taken."""

from typing import Any
from uuid import uuid4

import pytest
from harbour_practice import SERVICE, Practice


def test_an_offered_time_passes_and_brings_what_the_event_needs(practice: Practice) -> None:
    assert practice.check(practice.at(1, 10)).get_json() == {
        "offered": True,
        "reason": None,
        "available_online": True,
        "duration_minutes": 30,
        "buffer_after_minutes": 10,
        "zone": "Europe/London",
        "video": False,
        "rules_version": 1,
    }


@pytest.mark.parametrize(
    ("day", "hour", "minute", "reason"),
    [
        (0, 9, 45, "too_soon"),
        (1, 9, 7, "off_grid"),
        (1, 8, 0, "outside_hours"),
        (1, 12, 0, "outside_hours"),
        (5, 10, 0, "outside_hours"),
        (57, 10, 0, "too_far"),
    ],
)
def test_every_other_time_is_refused_with_the_reason(
    practice: Practice, day: int, hour: int, minute: int, reason: str
) -> None:
    answer = practice.check(practice.at(day, hour, minute)).get_json()
    assert (answer["offered"], answer["reason"]) == (False, reason)


def test_what_is_taken_is_the_ledgers_word(practice: Practice) -> None:
    practice.ledger.book(practice.at(1, 10))
    assert "10:00" not in practice.walls("2026-12-01", min_position=1)
    practice.ledger.silent = True
    assert practice.check(practice.at(1, 10)).get_json()["offered"] is True


def test_the_switch_refuses_and_is_told(practice: Practice) -> None:
    practice.execute("UPDATE clinicians SET available_online = false WHERE clinician_id = %s", practice.bo)
    answer = practice.check(practice.at(1, 10)).get_json()
    assert (answer["offered"], answer["reason"]) == (False, "clinician_not_available_online")
    assert answer["available_online"] is False


def test_an_existing_appointment_moves_although_its_type_is_no_longer_offered(practice: Practice) -> None:
    practice.execute("UPDATE appointment_types SET clinician_ids = '{}'")
    assert practice.check(practice.at(1, 10)).get_json()["reason"] == "type_not_offered"
    longer = practice.check(
        practice.at(1, 11), exclude=str(uuid4()), duration_minutes=60, buffer_after_minutes=0
    ).get_json()
    assert (longer["offered"], longer["duration_minutes"], longer["buffer_after_minutes"]) == (True, 60, 0)
    too_long = practice.check(practice.at(1, 11, 15), exclude=str(uuid4()), duration_minutes=60).get_json()
    assert too_long["reason"] == "outside_hours"


def test_everything_listed_passes(practice: Practice) -> None:
    body = practice.times(weeks=2)
    listed = [time["starts_at"] for day in body["days"] for time in day["times"]]
    assert len(listed) > 200
    for starts_at in listed[::9]:
        answer = practice.http.post(
            f"/v1/checks?practice={practice.id}",
            json={
                "clinician_id": str(practice.bo),
                "location_id": str(practice.location),
                "appointment_type_id": str(practice.type),
                "starts_at": starts_at,
            },
            headers=SERVICE,
        )
        assert answer.get_json()["offered"] is True, starts_at


@pytest.mark.parametrize("field", ["clinician_id", "location_id", "appointment_type_id"])
def test_unknown_ids_are_invalid(practice: Practice, field: str) -> None:
    answer = practice.check(practice.at(1, 10), **{field: str(uuid4())})
    assert answer.status_code == 422
    assert answer.get_json()["errors"] == {field: [f"unknown_{field.removesuffix('_id')}"]}


@pytest.mark.parametrize(
    "more", [{"starts_at": "2026-12-01T10:00"}, {"duration_minutes": "30"}, {"duration_minutes": 0}, {"colour": 1}]
)
def test_bad_bodies_are_invalid(practice: Practice, more: dict[str, Any]) -> None:
    body = {
        "clinician_id": str(practice.bo),
        "location_id": str(practice.location),
        "appointment_type_id": str(practice.type),
        "starts_at": "2026-12-01T10:00:00Z",
        **more,
    }
    headers = SERVICE
    answer = practice.http.post(f"/v1/checks?practice={practice.id}", json=body, headers=headers)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == list(more)


def test_only_appointments_may_ask(practice: Practice) -> None:
    path = f"/v1/checks?practice={practice.id}"
    assert practice.http.post(path, json={}, headers=practice.staff()).status_code == 403
    stranger = {"Authorization": "Service notifications:a-key"}
    assert practice.http.post(path, json={}, headers=stranger).status_code == 403
    assert practice.http.post(path, json={}, headers={"Authorization": "Service appointments:x"}).status_code == 401
