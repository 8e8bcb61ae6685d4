"""Charlie administrates another practice: every page of this one is a 404; the auditor reads and never writes."""

from typing import Any
from uuid import UUID

import pytest
from flask import Flask

PAT, BO, TYPE, BOOKED, ALERT, SENT, TEXT = (str(UUID(int=number)) for number in (21, 12, 41, 52, 56, 57, 61))
IDS = {
    "client_id": PAT,
    "clinician_id": BO,
    "appointment_id": BOOKED,
    "alert_id": ALERT,
    "message_id": SENT,
    "user_id": BO,
    "type_id": TYPE,
    "template_id": TEXT,
}
OPEN = {"door.front", "door.sign_in", "door.post_sign_in", "door.set_up", "door.post_set_up", "door.sign_out"}
OWN = {"notification.read", "notification.read_all"}
AUDIT = {"audit_then.read_messages"}
"""The auditor's one post: it names no moment here, and is refused for that."""


def routes(app: Flask, method: str) -> list[tuple[str, str]]:
    """Endpoint and path below the practice of every route that needs a session."""
    found = []
    for rule in app.url_map.iter_rules():
        if method in (rule.methods or ()) and rule.rule.startswith("/p/<slug>") and rule.endpoint not in OPEN:
            path = rule.rule.removeprefix("/p/<slug>")
            path = path.replace("<int:number>", "1")
            for name, value in IDS.items():
                path = path.replace(f"<uuid:{name}>", value)
            assert "<uuid" not in path, rule.endpoint
            found.append((rule.endpoint, path))
    return found


def test_charlie_finds_nothing_of_this_practice(staff: Any, world: Any) -> None:
    charlie = staff("charlie")
    paths = routes(charlie.client.application, "GET")
    assert len(paths) > 15
    for endpoint, path in paths:
        answer = charlie.get(path)
        assert answer.status_code == 404, endpoint
        assert "Okafor" not in answer.text
        assert "River Lane" not in answer.text
    assert not world.calls


def test_charlie_changes_nothing_of_this_practice(staff: Any, world: Any) -> None:
    charlie = staff("charlie")
    for endpoint, path in routes(charlie.client.application, "POST"):
        assert charlie.post(path, {"command_id": BO, "revision": "2", "version": "5"}).status_code == 404, endpoint
    assert not world.calls


def test_charlie_in_his_own_practice_finds_no_foreign_record(staff: Any) -> None:
    charlie = staff("charlie", "river-lane")
    assert charlie.get("/diary").status_code == 200
    for path in (
        f"/appointments/{BOOKED}",
        f"/clients/{PAT}",
        f"/clients/{PAT}/messages",
        f"/clinicians/{BO}",
        f"/users/{BO}",
    ):
        answer = charlie.get(path)
        assert answer.status_code == 404
        assert "Okafor" not in answer.text


def test_the_auditor_posts_nothing_but_her_own_notifications(staff: Any, world: Any) -> None:
    audrey = staff("audrey")
    paths = routes(audrey.client.application, "POST")
    assert len(paths) > 8
    for endpoint, path in paths:
        answer = audrey.post(path, {"command_id": BO, "revision": "2", "version": "5"})
        assert answer.status_code == (303 if endpoint in OWN else 422 if endpoint in AUDIT else 403), endpoint
    assert {name for name, _ in world.calls} <= {"alerts", "names", "mark_read", "mark_all_read"}


@pytest.mark.parametrize("path", [f"/clients/{PAT}/messages", "/book", f"/appointments/{BOOKED}/move"])
def test_the_auditor_reads_no_messages_and_starts_nothing(staff: Any, path: str) -> None:
    answer = staff("audrey").get(path)
    assert answer.status_code == 403
    assert "Your role does not allow it" in answer.text


def test_the_auditor_reads_the_rest_without_buttons(staff: Any) -> None:
    audrey = staff("audrey")
    records = (f"/appointments/{BOOKED}", f"/clients/{PAT}", f"/clients/{PAT}/history")
    for path in ("/diary", *records, "/settings/portal/history"):
        page = audrey.get(path)
        assert page.status_code == 200
        for word in (">Move", "Book ", "Edit details", "Send confirmation", "Read message", ">Messages</a>"):
            assert word not in page.text, (path, word)


SETTINGS_PAGES = (
    "/settings/portal",
    "/settings/portal/statuses",
    "/settings/portal/types",
    f"/settings/portal/types/{TYPE}",
)


@pytest.mark.parametrize("who", ["bo", "rita", "audrey"])
def test_only_site_administrators_see_the_portal_settings(staff: Any, world: Any, who: str) -> None:
    browser = staff(who)
    assert "Portal settings" not in browser.get("/diary").text
    for path in SETTINGS_PAGES:
        assert browser.get(path).status_code == 403
        assert browser.post(path, {"version": "3"}).status_code in {403, 405}
    assert not world.said("change_portal_settings")


def test_no_post_is_taken_without_its_form_token(staff: Any, world: Any) -> None:
    olga = staff("olga")
    paths = routes(olga.client.application, "POST")
    assert len(paths) > 12
    for endpoint, path in paths:
        answer = olga.post(path, {"command_id": BO, "revision": "2", "version": "3"}, token=False)
        assert answer.status_code == 400, endpoint
    assert not world.calls
