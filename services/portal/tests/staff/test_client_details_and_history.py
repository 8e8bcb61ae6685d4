"""The client's details as a form, and the ledger's sentences with names."""

from typing import Any

from clinic.portal.application.staff.client_details import as_form, changes, read_form
from clinic.portal.application.staff.history import Names, people_in, timeline

PAT: dict[str, Any] = {
    "id": "pat",
    "first_name": "Pat",
    "last_name": "Lee",
    "date_of_birth": "1984-11-04",
    "postcode": None,
    "email": "pat@example.org",
    "mobile": None,
    "email_opt_in": True,
    "sms_opt_in": False,
}


def test_a_form_that_was_not_touched_changes_nothing() -> None:
    values, errors = read_form(as_form(PAT))
    assert not errors
    assert changes(values, PAT) == {}


def test_only_what_was_changed_is_sent() -> None:
    values, _ = read_form(as_form(PAT) | {"postcode": " L1 4AB ", "year": "1985"})
    assert changes(values, PAT) == {"postcode": "L1 4AB", "date_of_birth": "1985-11-04"}


def test_a_box_that_is_not_checked_is_off() -> None:
    form = as_form(PAT)
    del form["email_opt_in"]
    assert changes(read_form(form)[0], PAT) == {"email_opt_in": False}


def test_the_31st_of_june_is_no_birthday_and_three_empty_boxes_are_none() -> None:
    assert set(read_form(as_form(PAT) | {"day": "31", "month": "6"})[1]) == {"date_of_birth"}
    values, errors = read_form(as_form(PAT) | {"day": "", "month": "", "year": ""})
    assert not errors
    assert changes(values, PAT) == {"date_of_birth": None}


def test_a_client_needs_both_names() -> None:
    assert set(read_form({})[1]) == {"first_name", "last_name"}


def entry(kind: str, actor_id: str | None, sentence: str) -> dict[str, Any]:
    return {
        "position": 7,
        "recorded_at": "2026-11-22T14:41:00Z",
        "actor": {"kind": kind, "id": actor_id},
        "type": "AppointmentRescheduled",
        "title": "Changed by client",
        "sentence": sentence,
        "message_id": "m1",
    }


def test_a_sentence_gets_the_names_of_its_people() -> None:
    names = Names({"pat": "Pat Lee"}, {"bo": "Dr Bo", "olga": "Olga"})
    appointment = {"id": "a1", "client_id": "pat", "clinician_id": "bo"}
    (moment,) = timeline(
        [entry("client", "pat", "{client} moved it with {clinician}.")], appointment, names, "Europe/London"
    )
    assert moment.sentence == "Pat Lee moved it with Dr Bo."
    assert moment.who == "Pat Lee, client portal"
    assert moment.at == "Sunday 22 November 2026, 14:41"
    assert moment.message_id == "m1"


def test_an_unknown_person_is_told_without_a_name() -> None:
    (moment,) = timeline(
        [entry("staff", "gone", "{user} did it for {client}.")],
        {"id": "a1", "client_id": "x", "clinician_id": "y"},
        Names({}, {}),
        "Europe/London",
    )
    assert moment.sentence == "A staff member did it for the client."
    assert moment.who == "a staff member, staff pages"


def test_the_people_of_a_history_are_told_apart() -> None:
    assert people_in([entry("client", "pat", ""), entry("staff", "bo", ""), entry("system", None, "")]) == (
        {"pat"},
        {"bo"},
    )
