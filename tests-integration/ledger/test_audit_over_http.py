"""The past over HTTP: who may look, what is refused, and what stays sealed (F50)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sealed_once import seal_once

from clinic.kernel.client_time import utc_text
from clinic.kernel.ids import new_id

At = Callable[..., datetime]
SECRET = "Is there a lift?"
UNSEALED = dict.fromkeys(("sealed_position", "sealed_at", "root", "key_id", "stopped"))


def now(practice: Any) -> str:
    with practice.database.connection() as connection:
        return utc_text(connection.execute("SELECT clinic_now() AS now").fetchone()["now"])


@pytest.fixture
def moved(practice: Any, at: At) -> dict[str, Any]:
    """Pat's appointment, moved by Pat with a message."""
    booked = practice.book(at(10))
    path = f"/v1/appointments/{booked['id']}/reschedule"
    then = now(practice)
    practice.post(path, practice.as_pat(), revision=1, starts_at=at(15).isoformat(), message=SECRET)
    practice.project()
    return {"id": booked["id"], "then": then, "now": now(practice)}


def questions(practice: Any, moved: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every route of the past with a good query."""
    at, client = moved["now"], str(practice.pat)
    period = {"from": "2026-01-01T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    return [
        ("/v1/as-of/appointments", {"at": at, "client": client}),
        (f"/v1/as-of/appointments/{moved['id']}", {"at": at}),
        ("/v1/as-of/messages", {"at": at, "client": client}),
        ("/v1/as-of/diary", {"at": at, **period}),
        ("/v1/as-of/settings", {"at": at}),
        (f"/v1/appointments/{moved['id']}/history", {"as_of": at}),
        ("/v1/ledger/events", {**period}),
        ("/v1/ledger/head", {}),
    ]


def test_only_site_administrators_and_auditors_look_at_the_past(practice: Any, moved: dict[str, Any]) -> None:
    roles = ("site_administrator", "auditor", "clinician", "receptionist")
    for path, query in questions(practice, moved):
        seen = {role: practice.get(path, practice.as_staff(role), **query).status_code for role in roles}
        assert seen == {"site_administrator": 200, "auditor": 200, "clinician": 403, "receptionist": 403}, path
        assert practice.get(path, practice.as_pat(), **query).status_code == 403
        assert practice.http.get(path, query_string=query).status_code == 401


def test_charlie_of_another_practice_sees_nothing(
    practice: Any, moved: dict[str, Any], new_practice: Callable[[], Any]
) -> None:
    charlie = new_practice()
    for path, query in questions(practice, moved):
        query = {**query, **({"at": now(practice)} if "at" in query else {})}
        answer = charlie.get(
            path, charlie.as_staff(), **{**query, **({"as_of": now(practice)} if "as_of" in query else {})}
        )
        assert str(practice.pat) not in answer.text
        assert moved["id"] not in answer.text
        if moved["id"] in path:
            assert answer.status_code == 404
        else:
            assert answer.status_code == 200


def test_the_answer_says_on_which_event_it_stands(practice: Any, moved: dict[str, Any], at: At) -> None:
    auditor = practice.as_staff("auditor")
    then = practice.get("/v1/as-of/appointments", auditor, at=moved["then"], client=practice.pat).get_json()
    assert [one["starts_at"] for one in then["appointments"]] == [utc_text(at(10))]
    with practice.database.transaction(practice.practice_id) as connection:
        last = connection.execute("SELECT * FROM events WHERE type = 'AppointmentBooked'").fetchone()
    assert then["as_of"] == {
        "at": moved["then"],
        "position": last["position"],
        "event_id": str(last["event_id"]),
        "recorded_at": utc_text(last["recorded_at"]),
    }
    exactly = utc_text(last["recorded_at"])
    assert practice.get("/v1/as-of/settings", auditor, at=exactly).get_json()["as_of"] == then["as_of"] | {
        "at": exactly
    }
    before = utc_text(last["recorded_at"] - timedelta(microseconds=1))
    earlier = practice.get("/v1/as-of/settings", auditor, at=before).get_json()["as_of"]
    assert earlier["position"] == last["position"] - 1
    one = f"/v1/as-of/appointments/{moved['id']}"
    assert practice.get(one, auditor, at=moved["then"]).get_json()["appointment"]["starts_at"] == utc_text(at(10))
    assert practice.get(one, auditor, at=before).status_code == 404


def test_history_says_what_was_replaced_by_what(practice: Any, moved: dict[str, Any], at: At) -> None:
    path, auditor = f"/v1/appointments/{moved['id']}/history", practice.as_staff("auditor")
    newest, oldest = practice.get(path, auditor, as_of=moved["now"]).get_json()["entries"]
    assert oldest["changed"] == []
    assert {one["field"]: (one["before"], one["after"]) for one in newest["changed"]} == {
        "starts_at": (utc_text(at(10)), utc_text(at(15))),
        "ends_at": (utc_text(at(10, 30)), utc_text(at(15, 30))),
        "revision": (1, 2),
    }
    assert "changed" not in practice.get(path, auditor).get_json()["entries"][0]


def test_messages_stay_sealed(practice: Any, moved: dict[str, Any]) -> None:
    auditor = practice.as_staff("auditor")
    query = {"at": moved["now"], "client": practice.pat}
    (message,) = practice.get("/v1/as-of/messages", auditor, **query).get_json()["messages"]
    assert practice.identity.open(message["sealed"], message["event_id"]) == SECRET
    assert practice.get("/v1/as-of/messages", auditor, **query | {"at": moved["then"]}).get_json()["messages"] == []
    for path, asked in questions(practice, moved):
        assert SECRET not in practice.get(path, auditor, **asked).text
    assert practice.get(f"/v1/clients/{practice.pat}/messages", auditor).status_code == 403, "elsewhere as before"


def test_a_client_who_was_shown_no_list_is_told_apart(practice: Any, moved: dict[str, Any]) -> None:
    practice.settings(portal_on=False, portal_off_text="Please call.")
    query = {"at": now(practice), "client": practice.pat}
    off = practice.get("/v1/as-of/appointments", practice.as_staff(), **query).get_json()
    assert off["list_shown"] == {"shown": False, "reason": "portal_off", "off_text": "Please call."}
    assert len(off["appointments"]) == 1
    practice.settings(portal_on=True, may_view_upcoming=False)
    hidden = practice.get("/v1/as-of/appointments", practice.as_staff(), **query | {"at": now(practice)}).get_json()
    assert hidden["list_shown"] == {"shown": False, "reason": "forbidden", "off_text": ""}


@pytest.mark.parametrize(
    ("at", "errors"),
    [
        ("2001-01-01T00:00:00Z", ["before_first_event"]),
        ("2150-01-01T00:00:00Z", ["in_the_future"]),
        ("2026-01-01T00:00:00", None),
        ("soon", None),
    ],
)
def test_a_moment_that_cannot_be_is_422(practice: Any, at: str, errors: list[str] | None) -> None:
    answer = practice.get("/v1/as-of/settings", practice.as_staff(), at=at)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert errors in (None, answer.get_json()["errors"]["at"])


def test_a_period_that_is_inverted_is_422(practice: Any) -> None:
    inverted = {"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    for path, query in (("/v1/ledger/events", inverted), ("/v1/as-of/diary", {**inverted, "at": now(practice)})):
        answer = practice.get(path, practice.as_staff(), **query)
        assert (answer.status_code, list(answer.get_json()["errors"])) == (422, ["to"]), path
    assert practice.get(f"/v1/as-of/appointments/{new_id()}", practice.as_staff(), at=now(practice)).status_code == 404


def test_the_head_says_how_far_the_ledger_is_sealed(practice: Any, at: At, tmp_path: Path) -> None:
    auditor = practice.as_staff("auditor")
    practice.book(at(10))
    before = practice.get("/v1/ledger/head", auditor).get_json()
    assert before == newest(practice) | UNSEALED
    key_id = seal_once(practice.rows, "appointments", tmp_path)
    sealed = practice.get("/v1/ledger/head", auditor).get_json()
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        ((size, root, when),) = connection.execute("SELECT size, root, sealed_at FROM sealed_heads").fetchall()
    said = {"sealed_position": size, "sealed_at": utc_text(when), "root": root.hex(), "key_id": key_id}
    assert sealed == before | said
    assert sealed["sealed_position"] == before["position"] > 0
    practice.book(at(12))
    assert practice.get("/v1/ledger/head", auditor).get_json() == sealed | newest(practice), "not yet sealed"
    assert newest(practice)["position"] > size
    stop = "INSERT INTO seal_stops SELECT practice_id, 'cut', epoch, size, root, sealed_at FROM sealed_heads"
    with psycopg.connect(practice.rows.url("superuser")) as connection:
        connection.execute(stop)
    assert practice.get("/v1/ledger/head", auditor).get_json() == sealed | newest(practice) | {"stopped": "cut"}


def test_a_head_is_told_to_its_own_practice_only(
    practice: Any, at: At, new_practice: Callable[[], Any], tmp_path: Path
) -> None:
    practice.book(at(10))
    seal_once(practice.rows, "appointments", tmp_path)
    charlie = new_practice()
    found = charlie.get("/v1/ledger/head", charlie.as_staff()).get_json()
    assert found == newest(charlie) | UNSEALED
    stranger = practice.token("staff", practice_id=new_id(), user=practice.olga, role="auditor")
    assert practice.get("/v1/ledger/head", stranger).status_code == 404, "no such practice"


def newest(practice: Any) -> dict[str, Any]:
    """The practice's last event, as `heads` names it."""
    with practice.database.transaction(practice.practice_id) as connection:
        row = connection.execute("SELECT position, recorded_at FROM events ORDER BY position DESC LIMIT 1").fetchone()
    return {"position": row["position"], "recorded_at": utc_text(row["recorded_at"])}
