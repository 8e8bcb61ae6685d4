"""Clients' records: what staff see and change, what services ask, what nobody else may."""

from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest

from clinic.infra.sealing import seal


@pytest.fixture
def olga(identity: Any) -> str:
    token: str = identity.staff_token()
    return token


def events(identity: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = identity.execute(
        "SELECT type, actor_kind, actor_id, data FROM events WHERE practice_id = %s AND actor_kind <> 'import' "
        "ORDER BY position",
        identity.practice_id,
    )
    return rows


SEARCHES = [
    ("marl", {"Pat", "Sam"}), ("PAT", {"Pat", "Sam"}), ("sam marlow", {"Sam"}), ("marlow s", {"Sam"}),
    ("zoe", {"Eve"}), ("07700 900001", {"Pat", "Sam"}), ("+447700900001", {"Pat", "Sam"}),
    ("pat@harbour-street.org", {"Pat", "Sam"}), ("eve", {"Eve"}), ("arlow", set()), ("%", set()),
    ("\x00", {"Pat", "Sam", "Eve"}), ("", {"Pat", "Sam", "Eve"}),
]  # fmt: skip


def test_records_are_found_by_the_beginning_of_words(identity: Any, olga: str) -> None:
    for question, found in SEARCHES:
        answer = identity.http.get(
            "/v1/clients", query_string={"q": question}, headers={"Authorization": f"Bearer {olga}"}
        )
        assert {client["first_name"] for client in answer.get_json()["clients"]} == found


def test_a_change_is_checked_kept_versioned_and_recorded_without_values(identity: Any, olga: str) -> None:
    pat = identity.ids["client", "pat"]
    shown = identity.call("GET", f"/clients/{pat}", as_=olga)
    assert (shown.headers["ETag"], shown.get_json()["date_of_birth"]) == ('"1"', "1985-03-07")
    changes = {"email": "New.Pat@Example.org", "mobile": "07700 900 123", "postcode": "l15 2aa", "first_name": "Pat"}
    changed = identity.call("PATCH", f"/clients/{pat}", changes, as_=olga, If_Match=shown.headers["ETag"])
    assert changed.status_code == 200, changed.text
    body = changed.get_json()
    assert (body["email"], body["mobile"], body["version"]) == ("new.pat@example.org", "+447700900123", 2)
    assert changed.headers["ETag"] == '"2"'
    (event,) = events(identity)
    assert event[:2] == ("ClientDetailsChanged", "staff")
    assert msgspec.json.decode(event[3]) == {"changed": ["postcode", "email", "mobile"], "client_id": str(pat)}
    stale = identity.call("PATCH", f"/clients/{pat}", {"postcode": "X"}, as_=olga, If_Match='"1"')
    assert (stale.status_code, stale.get_json()["code"]) == (409, "changed_meanwhile")
    found = identity.call("GET", "/clients?q=07700900123", as_=olga).get_json()["clients"]
    assert [client["id"] for client in found] == [str(pat)]


def test_a_change_that_changes_nothing_records_nothing(identity: Any, olga: str) -> None:
    pat = identity.ids["client", "pat"]
    answer = identity.call("PATCH", f"/clients/{pat}", {"first_name": "Pat"}, as_=olga, If_Match='"1"')
    assert (answer.get_json()["version"], events(identity)) == (1, [])


WRONG_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"date_of_birth": "2999-01-01"}, "date_of_birth"), ({"date_of_birth": "1985-06-31"}, "date_of_birth"),
    ({"email": "not an address"}, "email"), ({"mobile": "12"}, "mobile"), ({"first_name": " "}, "first_name"),
    ({"postcode": "L1\r\n4DS"}, "postcode"), ({"last_name": "\x00"}, "last_name"), ({"role": "x"}, "role"),
    ({"email_opt_in": "yes"}, "email_opt_in"), ({"version": 9}, "version"), ({"external_ref": "x"}, "external_ref"),
    ({"last_name": "\ud800"}, "last_name"), ({"postcode": 5}, "postcode"),
]  # fmt: skip


def test_a_wrong_field_is_named_and_nothing_changes(identity: Any, olga: str) -> None:
    for changes, field in WRONG_FIELDS:
        pat = identity.ids["client", "pat"]
        answer = identity.call("PATCH", f"/clients/{pat}", {"postcode": "L2 2BB", **changes}, as_=olga, If_Match='"1"')
        assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
        assert answer.get_json()["errors"].keys() == {field}
        assert identity.call("GET", f"/clients/{pat}", as_=olga).get_json()["version"] == 1


def test_a_change_needs_the_version_that_was_shown(identity: Any, olga: str) -> None:
    for tag in (None, "*", '"x"', '"1", "2"'):
        headers = {"If_Match": tag} if tag else {}
        answer = identity.call("PATCH", f"/clients/{identity.ids['client', 'pat']}", {}, as_=olga, **headers)
        assert answer.status_code == 422


def test_null_empties_an_optional_field(identity: Any, olga: str) -> None:
    pat, changes = identity.ids["client", "pat"], {"email": None, "mobile": "", "postcode": None, "date_of_birth": None}
    body = identity.call("PATCH", f"/clients/{pat}", changes, as_=olga, If_Match='"1"').get_json()
    assert [body[name] for name in changes] == ["", "", "", None]


def test_messages_are_unsealed_only_for_their_client_and_each_reading_is_recorded(identity: Any, olga: str) -> None:
    pat, sam = identity.ids["client", "pat"], identity.ids["client", "sam"]
    key = identity.call(
        "GET", f"/clients/{pat}/public-key?practice={identity.practice_id}", as_="appointments"
    ).get_json()
    event_id, moved = uuid4(), uuid4()
    sealed = msgspec.to_builtins(seal("I'll be late", UUID(key["key_id"]), key["public_key"], event_id))
    messages = [{"event_id": str(event_id), "sealed": sealed}, {"event_id": str(moved), "sealed": sealed}]
    body = {"client_id": str(pat), "reason": "reading the Messages tab", "messages": messages}
    texts = identity.post("/messages/unseal", body, as_=olga)["texts"]
    assert texts == {str(event_id): "I'll be late", str(moved): None}
    body["client_id"] = str(sam)
    assert identity.post("/messages/unseal", body, as_=olga)["texts"] == {str(event_id): None, str(moved): None}
    first, _ = events(identity)
    assert first[:3] == ("ClientMessagesUnsealed", "staff", identity.ids["user", "olga"])
    assert msgspec.json.decode(first[3]) == {
        "client_id": str(pat),
        "message_event_ids": [str(event_id), str(moved)],
        "reason": "reading the Messages tab",
    }


def test_names_are_joined_in_one_call_and_strangers_have_none(identity: Any, olga: str) -> None:
    ids, other = identity.ids, identity.other_ids
    body = {
        "clients": [str(ids["client", "eve"]), str(other["client", "pat"])],
        "users": [str(ids["user", "bo"]), str(uuid4())],
    }
    names = identity.post("/names", body, as_=olga)
    assert names["clients"] == {str(ids["client", "eve"]): {"first_name": "Eve", "last_name": "Zoë-Ek"}}
    assert names["users"] == {str(ids["user", "bo"]): "Bo"}
    assert identity.post(f"/names?practice={identity.practice_id}", body, as_="portal") == names


def test_charlie_of_another_practice_sees_nobody_here(identity: Any) -> None:
    charlie, pat = identity.staff_token(slug="mill-lane"), identity.ids["client", "pat"]
    assert identity.call("GET", f"/clients/{pat}", as_=charlie).status_code == 404
    assert identity.call("GET", f"/clients/{pat}?practice={identity.practice_id}", as_=charlie).status_code == 404
    changes = {"postcode": "X"}
    assert identity.call("PATCH", f"/clients/{pat}", changes, as_=charlie, If_Match='"1"').status_code == 404
    assert identity.call("POST", f"/clients/{pat}/unlock", as_=charlie).status_code == 404
    found = identity.call("GET", "/clients?q=pat", as_=charlie).get_json()["clients"]
    assert str(pat) not in {client["id"] for client in found}
    emails = {user["email"] for user in identity.call("GET", "/users", as_=charlie).get_json()["users"]}
    assert emails == {f"{name}@mill-lane.example" for name in ("olga", "bo", "ann")}


def test_an_auditor_reads_records_and_changes_nothing(identity: Any) -> None:
    ann, pat = identity.staff_token("ann"), identity.ids["client", "pat"]
    assert identity.call("GET", f"/clients/{pat}", as_=ann).status_code == 200
    refused = [
        identity.call("PATCH", f"/clients/{pat}", {}, as_=ann, If_Match='"1"'),
        identity.call("POST", f"/clients/{pat}/unlock", as_=ann),
        identity.call("POST", "/messages/unseal", {}, as_=ann),
    ]
    assert {(answer.status_code, answer.get_json()["code"]) for answer in refused} == {(403, "forbidden")}


WHO_MAY = {
    "/v1/practices/by-slug/<string:slug>": {"portal"},
    "/v1/sign-in-links": {"portal"},
    "/v1/sign-in-links/again": {"portal"},
    "/v1/sign-in-links/<uuid:request_id>/mint": {"notifications"},
    "/v1/links/open": {"portal"},
    "/v1/links/confirm": {"portal"},
    "/v1/sessions/choose": {"portal"},
    "/v1/sessions/look-up": {"portal"},
    "/v1/sessions/end": {"portal"},
    "/v1/staff/sign-in": {"portal"},
    "/v1/staff/set-up": {"portal"},
    "/v1/clients": {"staff"},
    "/v1/clients/<uuid:client_id>": {"staff"},
    "/v1/clients/<uuid:client_id>/unlock": {"staff"},
    "/v1/clients/<uuid:client_id>/legal-hold": {"staff"},
    "/v1/clients/<uuid:client_id>/erase": {"staff"},
    "/v1/clients/<uuid:client_id>/export": {"staff"},
    "/v1/users": {"staff"},
    "/v1/names": {"staff", "portal", "appointments", "notifications"},
    "/v1/messages/unseal": {"staff"},
    "/v1/audit/unseal": {"staff"},
    "/v1/audit/unsealings": {"staff"},
    "/v1/confirmation-refusals": {"staff"},
    "/v1/practices/<uuid:practice_id>": {"portal", "appointments", "notifications"},
    "/v1/clients/<uuid:client_id>/public-key": {"appointments"},
    "/v1/clients/<uuid:client_id>/contact": {"notifications"},
    "/v1/users/<uuid:user_id>/contact": {"notifications"},
    "/v1/links": {"notifications"},
    "/v1/heads": {"portal", "appointments", "notifications"},
    "/v1/events": {"portal", "appointments", "notifications"},
}
"""A new route without a row here fails."""


def test_every_route_is_closed_to_those_it_is_not_for(identity: Any, olga: str) -> None:
    client = identity.look_up(identity.confirm(identity.link())["session"]).get_json()["tokens"]["identity"]
    callers = {name: name for name in ("portal", "appointments", "notifications")} | {"staff": olga, "client": client}
    rules = [rule for rule in identity.http.application.url_map.iter_rules() if rule.rule.startswith("/v1/")]
    assert {rule.rule for rule in rules} == WHO_MAY.keys()
    for rule in rules:
        path = rule.rule.replace("<uuid:client_id>", str(uuid4())).replace("<uuid:practice_id>", str(uuid4()))
        path = path.replace("<uuid:user_id>", str(uuid4())).replace("<uuid:request_id>", str(uuid4()))
        path = path.replace("<string:slug>", "x") + f"?practice={identity.practice_id}"
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            assert identity.http.open(path, method=method, json={}).status_code == 401
            answers = {
                name: identity.call(method, path.removeprefix("/v1"), {}, as_=caller).status_code
                for name, caller in callers.items()
            }
            assert {name for name, status in answers.items() if status != 403} == WHO_MAY[rule.rule], (path, answers)


def test_contact_and_practice_for_services(identity: Any) -> None:
    pat, practice = identity.ids["client", "pat"], identity.practice_id
    contact = identity.call("GET", f"/clients/{pat}/contact?practice={practice}", as_="notifications").get_json()
    assert contact == {
        "first_name": "Pat", "last_name": "Marlow", "email": "pat@harbour-street.org", "mobile": "+447700900001",
        "email_opt_in": True, "sms_opt_in": True, "next_of_kin": None,
    }  # fmt: skip
    bo = identity.ids["user", "bo"]
    colleague = identity.call("GET", f"/users/{bo}/contact?practice={practice}", as_="notifications").get_json()
    assert colleague.keys() == {"name", "email"}
    foreign = f"/users/{bo}/contact?practice={identity.other_practice_id}"
    assert identity.call("GET", foreign, as_="notifications").status_code == 404
    other = f"/clients/{pat}/contact?practice={identity.other_practice_id}"
    assert identity.call("GET", other, as_="notifications").status_code == 404
    found = identity.call("GET", f"/practices/{practice}", as_="appointments").get_json()
    assert found.keys() == {"id", "name", "slug", "phone", "email", "zone", "nation"}
    body = {"client_id": str(pat), "appointment_id": str(identity.book("sam"))}
    assert identity.call("POST", f"/links?practice={practice}", body, as_="notifications").status_code == 404
