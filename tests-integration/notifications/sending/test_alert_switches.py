"""Alert switches over the API, PostgreSQL and the real sender: whom an event alerts, and what leaves (F31-F33)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from flask.testing import FlaskClient
from notifications_api import token

from clinic.kernel.ids import new_id
from clinic.notifications.adapters.smtp import SmtpSettings, SmtpTransport
from clinic.notifications.application.sender import Sender

OFF = {
    "email_change_own": False, "email_change_any": False, "email_cancel_own": False, "email_cancel_any": False,
    "in_app_change_others": False, "in_app_cancel_others": False, "within_hours": None,
}  # fmt: skip
ALL_ON = dict.fromkeys(OFF, True) | {"within_hours": None}


@pytest.fixture
def olga(post: Any) -> UUID:
    """The site administrator, with an address."""
    user = new_id()
    post.others.users[user] = {"name": "Olga Novak", "email": "olga@riverside.example"}
    return user


@pytest.fixture
def sender(post: Any, directory: Any, smtp: Any) -> Sender:
    """A sender that works in the test's own thread."""
    mail = SmtpTransport(SmtpSettings("127.0.0.1", smtp.port, "", "", "clinic@portal.example", 2.0))
    return Sender(post.outbox, directory, {"email": mail}, spawn=lambda work: work(), staff_url="https://staff.example")


def path(user: UUID) -> str:
    """Where a user's switches are."""
    return f"/v1/users/{user}/alert-switches"


def alert_mails(post: Any) -> list[tuple[UUID, str, str]]:
    """Recipient, kind and state of every message to a user."""
    return [(row["user_id"], row["kind"], row["state"]) for row in post.rows() if row["user_id"]]


def test_switches_are_off_until_set_and_then_as_set(post: Any, api: FlaskClient, olga: UUID) -> None:
    headers = token(post.others.practice_id, olga, "site_administrator")
    assert api.get(path(olga), headers=headers).get_json() == OFF
    for wanted in (ALL_ON | {"within_hours": 720}, OFF | {"email_cancel_any": True, "within_hours": 1}, OFF):
        for _ in range(2):
            assert api.put(path(olga), json=wanted, headers=headers).get_json() == wanted
        assert api.get(path(olga), headers=headers).get_json() == wanted
    rows = post.rows("SELECT * FROM alert_switches ORDER BY number")
    assert [row["within_hours"] for row in rows] == [720, 1, None]
    assert {row["set_by"] for row in rows} == {olga}


def test_only_the_user_and_a_site_administrator_of_the_practice_set_them(
    post: Any, api: FlaskClient, olga: UUID
) -> None:
    practice, bo = post.others.practice_id, post.others.clinician_id
    for headers in (token(practice, bo, "clinician"), token(practice, olga, "site_administrator")):
        assert api.get(path(bo), headers=headers).status_code == 200
        assert api.put(path(bo), json=ALL_ON, headers=headers).status_code == 200
    for role in ("clinician", "receptionist", "auditor"):
        other = token(practice, new_id(), role)
        assert api.get(path(bo), headers=other).status_code == 403
        assert api.put(path(bo), json=OFF, headers=other).status_code == 403
    assert len(post.rows("SELECT * FROM alert_switches")) == 1


@pytest.mark.parametrize("role", ["site_administrator", "clinician", "auditor"])
def test_charlie_of_another_practice_finds_nobody(post: Any, api: FlaskClient, olga: UUID, role: str) -> None:
    api.put(path(olga), json=ALL_ON, headers=token(post.others.practice_id, olga, "site_administrator"))
    charlie = token(new_id(), new_id(), role)
    assert api.get(path(olga), headers=charlie).status_code == 404
    assert api.put(path(olga), json=OFF, headers=charlie).status_code == 404
    impostor = token(new_id(), olga, role)
    assert api.get(path(olga), headers=impostor).get_json() == OFF
    assert len(post.rows("SELECT * FROM alert_switches")) == 1


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("within_hours", 0), ("within_hours", 721), ("within_hours", "soon"), ("within_hours", 1.5),
        ("email_change_own", "yes"), ("email_change_own", None),
        ("in_app_change_own", False), ("in_app_cancel_own", True),
    ],
)  # fmt: skip
def test_what_is_no_switch_is_refused_by_its_field(
    post: Any, api: FlaskClient, olga: UUID, field: str, wrong: Any
) -> None:
    headers = token(post.others.practice_id, olga, "site_administrator")
    answer = api.put(path(olga), json=OFF | {field: wrong}, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
    assert set(answer.get_json()["errors"]) == {field}
    missing = {name: value for name, value in OFF.items() if name != "within_hours"}
    assert set(api.put(path(olga), json=missing, headers=headers).get_json()["errors"]) == {"within_hours"}
    assert post.rows("SELECT * FROM alert_switches") == []


def test_an_alert_leaves_once_per_user_without_link_name_or_calendar_file(
    post: Any, api: FlaskClient, olga: UUID, sender: Sender, smtp: Any
) -> None:
    practice, bo = post.others.practice_id, post.others.clinician_id
    for user in (olga, bo):
        api.put(path(user), json=ALL_ON, headers=token(practice, olga, "site_administrator"))
    recorded = post.happens("rescheduled", 2)
    post.react(recorded)
    for _ in range(3):
        sender.send_due()
    assert sorted(alert_mails(post)) == sorted((user, "alert_changed", "sent") for user in (olga, bo))
    assert {row["user_id"] for row in post.rows("SELECT * FROM alerts")} == {olga, bo}
    to_users = [mail for mail in smtp.mails if "pat@example.com" not in mail]
    assert len(to_users) == 2
    for mail in to_users:
        text = mail.replace("=\r\n", "")
        assert "Subject: A client moved an appointment to" in text
        assert f"https://staff.example/p/riverside/appointments/{post.appointment_id}" in text
        for secret in ("t0ken", "Pat", "Doe", "text/calendar"):
            assert secret not in text
    assert post.others.links == 1
    for personal in ("olga@riverside.example", "Olga"):
        assert personal not in str(post.rows())


def test_an_alert_is_sent_although_the_appointment_moved_on_and_its_client_is_told_once(
    post: Any, api: FlaskClient, olga: UUID, sender: Sender
) -> None:
    api.put(path(olga), json=ALL_ON, headers=token(post.others.practice_id, olga, "site_administrator"))
    post.happens("rescheduled", 2)
    post.happens("cancelled", 3)
    for _ in range(4):
        sender.send_due()
    assert alert_mails(post) == [(olga, "alert_changed", "sent"), (olga, "alert_cancelled", "sent")]
    to_client = [(row["kind"], row["state"]) for row in post.rows() if row["channel"] == "email" and not row["user_id"]]
    assert to_client == [("changed", "suppressed"), ("cancelled", "sent")]


def test_a_user_waiting_for_an_answer_keeps_nobody_else_waiting(post: Any, api: FlaskClient, olga: UUID) -> None:
    practice, bo = post.others.practice_id, post.others.clinician_id
    for user in (olga, bo):
        api.put(path(user), json=ALL_ON, headers=token(practice, olga, "site_administrator"))
    post.happens("rescheduled", 2)
    leased = post.outbox.lease(16)
    assert sorted(str(one.user_id) for one in leased if one.channel == "email") == sorted(map(str, (None, olga, bo)))


def test_nobody_is_written_to_about_what_was_recorded_before_they_asked(
    post: Any, api: FlaskClient, olga: UUID
) -> None:
    before = post.recorded("rescheduled", 2)
    api.put(path(olga), json=ALL_ON, headers=token(post.others.practice_id, olga, "site_administrator"))
    post.react(before)
    assert alert_mails(post) == []
    assert [row["user_id"] for row in post.rows("SELECT * FROM alerts")] == [post.others.clinician_id]


def test_what_was_recorded_while_the_switch_was_on_alerts_however_late_it_is_read(
    post: Any, api: FlaskClient, olga: UUID
) -> None:
    headers = token(post.others.practice_id, olga, "site_administrator")
    api.put(path(olga), json=ALL_ON, headers=headers)
    while_on = post.recorded("rescheduled", 2)
    api.put(path(olga), json=OFF, headers=headers)
    post.react(while_on)
    assert alert_mails(post) == [(olga, "alert_changed", "queued")]
    post.happens("cancelled", 3)
    assert len(alert_mails(post)) == 1


@pytest.mark.parametrize(("hours_away", "alerts"), [(23, True), (25, False)])
def test_hours_count_to_the_time_before_the_change(
    post: Any, api: FlaskClient, olga: UUID, hours_away: int, alerts: bool
) -> None:
    near = ALL_ON | {"within_hours": 24}
    api.put(path(olga), json=near, headers=token(post.others.practice_id, olga, "site_administrator"))
    post.starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours_away)
    post.happens("rescheduled", 2)
    assert bool(alert_mails(post)) is alerts
    assert (olga in {row["user_id"] for row in post.rows("SELECT * FROM alerts")}) is alerts


def test_an_alert_is_no_message_of_the_client(post: Any, api: FlaskClient, olga: UUID) -> None:
    headers = token(post.others.practice_id, olga, "site_administrator")
    api.put(path(olga), json=ALL_ON, headers=headers)
    post.happens("rescheduled", 2)
    (alert,) = [row for row in post.rows() if row["user_id"]]
    shown = api.get(f"/v1/messages?client={post.client_id}", headers=headers).get_json()["messages"]
    assert {one["kind"] for one in shown} == {"changed"}
    again = api.post(f"/v1/messages/{alert['message_id']}/resend", json={"command_id": str(new_id())}, headers=headers)
    assert again.status_code == 404


@pytest.mark.parametrize("change", ["user_id = gen_random_uuid()", "kind = 'alert_changed'", "kind = 'anything'"])
def test_a_message_is_either_to_a_client_or_an_alert_to_a_user(post: Any, change: str) -> None:
    post.happens("booked", 1)
    with pytest.raises(psycopg.errors.CheckViolation):
        post.change(f"UPDATE messages SET {change}")
