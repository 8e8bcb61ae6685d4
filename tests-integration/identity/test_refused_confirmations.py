"""Confirmations that failed are facts: of links that stand, without what was typed, limited, seen by staff (F53)."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from identity_cast import FAMILY, MIA, OTHER_SLUG, in_parallel

from clinic.identity.domain.refusals import PER_LINK

WRONG = {"year": "1991", "postcode": "ZZ9 9ZZ"}


def refusals(identity: Any) -> list[dict[str, Any]]:
    """The data of every `ConfirmationRefused` so far."""
    rows = identity.execute("SELECT data FROM events WHERE type = 'ConfirmationRefused' ORDER BY position")
    return [json.loads(data) for (data,) in rows]


def listed(identity: Any, token: str, **query: Any) -> list[dict[str, Any]]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    answer = identity.call("GET", f"/confirmation-refusals?{text}", as_=token)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()["refusals"]
    return found


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is executed meanwhile, by any connection of this process."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def noting(cursor: Any, query: Any, *given: Any, **options: Any) -> Any:
        sent.append(query.decode() if isinstance(query, bytes) else str(query))
        return execute(cursor, query, *given, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(psycopg.Cursor, "execute", noting)
        yield sent


def test_a_wrong_post_is_recorded_with_the_try_and_without_what_was_typed(identity: Any) -> None:
    appointment_id = identity.book()
    token = identity.link(appointment_id)
    assert identity.confirm(token, **WRONG)["outcome"] == "mismatch"
    (fact,) = refusals(identity)
    pat = str(identity.ids["client", "pat"])
    assert (fact["link"], fact["code"], fact["client_id"]) == ("appointment", "mismatch", pat)
    assert fact["appointment_id"] == str(appointment_id)
    ((link_id, tries),) = identity.execute("SELECT link_id, wrong_tries FROM links")
    assert (fact["link_id"], tries) == (str(link_id), 1)
    ((stream, version, actor),) = identity.execute(
        "SELECT stream_id, stream_version, actor_kind FROM events WHERE type = 'ConfirmationRefused'"
    )
    assert (stream, version, actor) == (f"confirmation-{fact['refusal_id']}", 1, "system")
    kept = str(identity.execute("SELECT * FROM events")) + str(identity.execute("SELECT * FROM confirmation_refusals"))
    assert not [typed for typed in ("1991", "ZZ9", "zz9") if typed in kept]


def test_which_fact_was_wrong_costs_the_same_statements(identity: Any) -> None:
    identity.confirm(identity.link(), **WRONG)
    sent = []
    for facts in (WRONG, {"year": "1991"}, {"postcode": "ZZ9 9ZZ"}, {"day": "8"}):
        token = identity.link()
        with statements() as seen:
            assert identity.confirm(token, **facts)["outcome"] == "mismatch"
        sent.append(seen)
    assert sent == [sent[0]] * 4
    locked = identity.link(client="sam")
    for _ in range(5):
        identity.confirm(locked, source_address="192.0.2.7", **WRONG)
    shut = []
    for facts in (WRONG, {"year": "1991"}, {"postcode": "ZZ9 9ZZ"}, {}):
        with statements() as seen:
            assert identity.confirm(locked, source_address="192.0.2.8", **facts)["outcome"] == "too_many_tries"
        shut.append(seen)
    assert shut == [shut[0]] * 4, "right facts at a locked link are as wrong ones"


def test_who_has_no_link_records_nothing_and_neither_do_other_ends(identity: Any) -> None:
    identity.confirm("a guessed token", **WRONG)
    token = identity.link()
    assert identity.confirm(token, day="")["outcome"] == "incomplete"
    assert identity.confirm(token)["outcome"] == "confirmed"
    gone = identity.sign_in_link()
    identity.sign_in_link()
    assert identity.confirm(gone, **WRONG)["outcome"] == "expired"
    assert refusals(identity) == []


def test_a_locked_link_and_an_incomplete_record_are_told_apart(identity: Any) -> None:
    token, empty = identity.link(), identity.link(client="eve")
    for _ in range(6):
        identity.confirm(token, **WRONG)
    identity.confirm(empty)
    assert [fact["code"] for fact in refusals(identity)] == ["mismatch"] * 5 + ["too_many_tries", "record_incomplete"]


def test_a_sign_in_link_names_nobody(identity: Any, family: dict[str, str]) -> None:
    token = identity.sign_in_link(FAMILY)
    assert identity.confirm(token, **{**MIA, "year": "1901"})["outcome"] == "mismatch"
    (fact,) = refusals(identity)
    assert (fact["link"], fact["client_id"], fact["appointment_id"]) == ("sign_in", None, None)
    (line,) = listed(identity, identity.staff_token())
    assert (line["link"], line["client_id"]) == ("sign_in", None)


def test_fifty_at_once_record_at_most_ten_and_the_tries_stay_exact(identity: Any) -> None:
    token = identity.link()
    outcomes = in_parallel(50, lambda number: identity.confirm(token, f"192.0.2.{number}", **WRONG))
    assert (outcomes["mismatch"], outcomes["too_many_tries"]) == (5, 45)
    codes = [fact["code"] for fact in refusals(identity)]
    assert codes == ["mismatch"] * 5 + ["too_many_tries"] * (PER_LINK - 5)
    identity.execute("UPDATE confirmation_refusals SET recorded_at = recorded_at - interval '1 hour'")
    identity.confirm(token, "198.51.100.1", **WRONG)
    assert len(refusals(identity)) == PER_LINK + 1


def test_staff_see_them_newest_first_by_client_and_by_page(identity: Any) -> None:
    for client in ("pat", "sam"):
        for token in [identity.link(client=client) for _ in range(3)]:
            for _ in range(2 if client == "pat" else 5):
                identity.confirm(token, source_address=f"192.0.2.{ord(client[0])}", **WRONG)
    token = identity.staff_token("ann")
    sam = identity.ids["client", "sam"]
    assert {line["client_id"] for line in listed(identity, token, client=sam)} == {str(sam)}
    first, second = listed(identity, token), listed(identity, token, page=2)
    positions = [line["position"] for line in (*first, *second)]
    assert (len(first), positions) == (20, sorted(positions, reverse=True))
    assert first[0]["recorded_at"].endswith("Z")
    assert first[0].keys() == {
        *("position", "recorded_at", "link", "link_id", "appointment_id", "client_id", "code"),
    }


def test_nobody_of_another_practice_and_no_client_sees_them(identity: Any) -> None:
    identity.confirm(identity.link(), **WRONG)
    session = identity.confirm(identity.link())["session"]
    assert len(listed(identity, identity.staff_token())) == 1
    theirs = identity.staff_token(slug=OTHER_SLUG)
    assert listed(identity, theirs) == listed(identity, theirs, client=identity.ids["client", "pat"]) == []
    pats = identity.look_up(session).get_json()["tokens"]["identity"]
    assert identity.call("GET", "/confirmation-refusals", as_=pats).status_code == 403
    assert identity.call("GET", "/confirmation-refusals", as_="portal").status_code in (401, 403)
    with psycopg.connect(identity.database.url("api")) as connection:
        assert connection.execute("SELECT count(*) FROM confirmation_refusals").fetchone() == (0,)
        other: UUID = identity.other_practice_id
        connection.execute("SELECT set_config('app.practice', %s, true)", (str(other),))
        assert connection.execute("SELECT count(*) FROM confirmation_refusals").fetchone() == (0,)
