"""Messages in clear for auditors and operators: with a reason, recorded first, and shown to auditors (F33, F50)."""

import base64
import json
import os
from typing import Any
from uuid import UUID, uuid4

import pytest
from identity_cast import OTHER_SLUG

from clinic.contracts.codec import to_data
from clinic.identity.entrypoints import operating
from clinic.infra.sealing import seal
from clinic.kernel.errors import Unavailable

TEXT = "Is there a lift?"


@pytest.fixture
def sealed(identity: Any) -> tuple[UUID, dict[str, Any]]:
    """A message of Pat's: its event id and what the ledger keeps."""
    path = f"/clients/{identity.ids['client', 'pat']}/public-key?practice={identity.practice_id}"
    key = identity.call("GET", path, as_="appointments").get_json()
    event_id = uuid4()
    assert base64.b64decode(key["public_key"])
    return event_id, to_data(seal(TEXT, UUID(key["key_id"]), key["public_key"], event_id))


def readings(identity: Any) -> list[tuple[Any, ...]]:
    """Who unsealed, and why."""
    rows = identity.execute(
        "SELECT actor_kind, data FROM events WHERE type = 'ClientMessagesUnsealed' ORDER BY practice_id, position"
    )
    return [(row[0], json.loads(row[1])["reason"]) for row in rows]


def test_an_auditor_reads_a_message_with_a_reason_and_that_is_recorded(identity: Any, sealed: Any) -> None:
    ann, (event_id, whole) = identity.staff_token("ann"), sealed
    body = {"client_id": str(identity.ids["client", "pat"]), "messages": [{"event_id": str(event_id), "sealed": whole}]}
    for reason in ("", "1 = 1", "a"):
        answer = identity.call("POST", "/audit/unseal", body | {"reason": reason}, as_=ann)
        assert (answer.status_code, readings(identity)) == (422, [])
    said = identity.post("/audit/unseal", body | {"reason": "a complaint"}, as_=ann)
    assert said["texts"] == {str(event_id): TEXT}
    assert readings(identity) == [("staff", "a complaint")]
    assert identity.call("POST", "/messages/unseal", body | {"reason": "a complaint"}, as_=ann).status_code == 403


def test_auditors_see_who_read_messages_and_others_do_not(identity: Any, sealed: Any) -> None:
    ann, olga = identity.staff_token("ann"), identity.staff_token("olga")
    event_id, whole = sealed
    pat = str(identity.ids["client", "pat"])
    body = {"client_id": pat, "reason": "reading", "messages": [{"event_id": str(event_id), "sealed": whole}]}
    for number in range(21):
        identity.post("/audit/unseal", body | {"reason": f"reading {'x' * (number + 1)}"}, as_=olga)
    first = identity.call("GET", "/audit/unsealings", as_=ann).get_json()
    second = identity.call("GET", "/audit/unsealings?page=2", as_=ann).get_json()
    assert (len(first["unsealings"]), first["more"]) == (20, True)
    assert (len(second["unsealings"]), second["more"]) == (1, False)
    newest = first["unsealings"][0]
    assert (newest["client_id"], newest["messages"], newest["reason"]) == (pat, 1, f"reading {'x' * 21}")
    assert newest["actor"] == {"kind": "staff", "id": str(identity.ids["user", "olga"])}
    assert TEXT not in json.dumps(first)
    bo, charlie = identity.staff_token("bo"), identity.staff_token("olga", OTHER_SLUG)
    assert identity.call("GET", "/audit/unsealings", as_=bo).status_code == 403
    assert identity.call("POST", "/audit/unseal", body, as_=bo).status_code == 403
    assert identity.call("GET", "/audit/unsealings", as_=charlie).get_json()["unsealings"] == []
    assert identity.call("POST", "/audit/unseal", body, as_=charlie).status_code == 404


def test_an_operator_unseals_only_with_the_keys_and_is_recorded_first(
    identity: Any, sealed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    pat, people = identity.ids["client", "pat"], operating.people()
    keys = os.environ["KEYS_DATABASE_URL"]
    monkeypatch.delenv("KEYS_DATABASE_URL", raising=False)
    with pytest.raises(Unavailable, match="KEYS_DATABASE_URL"):
        people.unseal(identity.practice_id, pat, "a complaint", [sealed])
    assert readings(identity) == []
    monkeypatch.setenv("KEYS_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    with pytest.raises(Unavailable):
        people.unseal(identity.practice_id, pat, "a complaint", [sealed])
    assert readings(identity) == []
    monkeypatch.setenv("KEYS_DATABASE_URL", keys)
    assert people.unseal(identity.practice_id, pat, "a complaint", [sealed]) == {sealed[0]: TEXT}
    ((kind, reason),) = readings(identity)
    assert (kind, reason.startswith("a complaint (operator ")) == ("system", True)


def test_operators_find_practices_and_names(identity: Any) -> None:
    people, pat, bo = operating.people(), identity.ids["client", "pat"], identity.ids["user", "bo"]
    by_slug, by_id = people.practice("harbour-street"), people.practice(str(identity.practice_id))
    assert by_slug == by_id
    assert (by_slug.id, by_slug.zone) == (identity.practice_id, "Europe/London")
    assert people.practice("never-there") is people.practice(str(uuid4())) is None
    assert people.practice("../x") is None
    names = people.names(identity.practice_id, [pat, bo], [pat, bo])
    assert names[pat] == "Pat Marlow"
    assert set(names) == {pat, bo}
