"""The clinician's profile and switch over HTTP (F6, F18, F38), and what the catalogue shows."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from harbour_practice import SERVICE, Practice

PROFILE = {"available_online": True, "display_name": "Dr Cy", "title": "Podiatrist", "description": ""}


def put(practice: Practice, clinician: Any, headers: Any, **more: Any) -> Any:
    return practice.http.put(f"/v1/clinicians/{clinician}/online", json={**PROFILE, **more}, headers=headers)


def switches(practice: Practice, clinician: Any) -> list[Any]:
    return [
        row[0]
        for row in practice.execute(
            "SELECT data::jsonb -> 'available' FROM events WHERE stream_id = %s ORDER BY stream_version",
            f"clinician-{clinician}",
        )
    ]


def test_an_administrator_switches_a_clinician_on_and_it_is_recorded_once(practice: Practice) -> None:
    for _ in range(2):
        answer = put(practice, practice.cy, practice.staff())
        assert answer.status_code == 200
        assert answer.get_json() == {"id": str(practice.cy), **PROFILE}
    assert switches(practice, practice.cy) == [True]
    path = f"/v1/clinicians/{practice.cy}/online?practice={practice.id}"
    assert practice.http.get(path, headers=SERVICE).get_json() == {"available_online": True, "rules_version": 1}


def test_the_switch_of_an_earlier_moment_is_told_from_the_events(practice: Practice) -> None:
    before = practice.execute("SELECT clinic_now()")[0][0]
    put(practice, practice.cy, practice.staff())
    path = f"/v1/clinicians/{practice.cy}/online?practice={practice.id}&at="
    then, now = (
        practice.http.get(path + quote(at.isoformat()), headers=SERVICE).get_json()["available_online"]
        for at in (before, practice.execute("SELECT clinic_now()")[0][0])
    )
    assert (then, now) == (False, True)
    unknown = practice.http.get(
        f"/v1/clinicians/{uuid4()}/online?practice={practice.id}&at=2030-01-01T00:00:00Z", headers=SERVICE
    )
    assert unknown.status_code == 404


def test_nobody_else_does(practice: Practice) -> None:
    for role, user in [
        ("clinician", practice.bo),
        ("clinician", practice.cy),
        ("receptionist", practice.bo),
        ("auditor", practice.olga),
    ]:
        assert put(practice, practice.bo, practice.staff(role, user=user)).status_code == 403
    assert put(practice, practice.bo, practice.client(uuid4())).status_code == 403
    assert put(practice, practice.bo, practice.staff(practice=uuid4())).status_code == 404
    assert put(practice, uuid4(), practice.staff()).status_code == 404
    assert switches(practice, practice.bo) == [True]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"display_name": " "}, "display_name"),
        ({"display_name": 7}, "display_name"),
        ({"available_online": "yes"}, "available_online"),
        ({"title": "x" * 121}, "title"),
        ({"photo": "x"}, "photo"),
    ],
)
def test_a_bad_profile_names_its_field(practice: Practice, more: dict[str, Any], field: str) -> None:
    answer = put(practice, practice.cy, practice.staff(), **more)
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]) == [field]


def test_the_catalogue_shows_what_is_offered(practice: Practice) -> None:
    body = practice.http.get("/v1/catalogue", headers=practice.client(uuid4())).get_json()
    assert body["first_day_of_week"] == 0
    assert body["locations"] == [
        {
            "id": str(practice.location),
            "name": "Quay Street",
            "address": "1 Quay Street",
            "postcode": "AB1 2CD",
            "zone": "Europe/London",
            "video": False,
        }
    ]
    assert body["appointment_types"] == [
        {
            "id": str(practice.type),
            "name": "First visit",
            "duration_minutes": 30,
            "buffer_after_minutes": 10,
            "video": False,
            "price_pence": 5500,
            "clinician_ids": [str(practice.bo)],
            "location_ids": [str(practice.location)],
        }
    ]
    assert [(one["display_name"], one["available_online"]) for one in body["clinicians"]] == [
        ("Cy Cole", False),
        ("Dr Bo", True),
    ]
    by_service = {"Authorization": "Service notifications:a-key"}
    assert practice.http.get(f"/v1/catalogue?practice={practice.id}", headers=by_service).get_json() == body


def test_the_feed_tells_what_was_imported_and_switched(practice: Practice) -> None:
    put(practice, practice.cy, practice.staff())
    body = practice.http.get(f"/v1/events?practice={practice.id}&after=0", headers=SERVICE).get_json()
    assert [event["type"] for event in body["events"]] == [
        "OnlineBookingSwitched",
        "AvailabilityRulesChanged",
        "OnlineBookingSwitched",
    ]
    assert body["events"][2]["actor"] == {"kind": "staff", "id": str(practice.olga)}
