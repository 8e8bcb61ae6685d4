"""Twins with the same facts (F13): a session that reaches nothing until one of them is chosen."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest
from world import eventually

from clinic.identity.application.sessions import choose_client


@pytest.fixture
def half(identity: Any) -> str:
    """A session among Pat and Sam."""
    confirmed = identity.confirm(identity.sign_in_link())
    assert confirmed["outcome"] == "choose_client"
    assert confirmed["choices"] == choices(identity)
    secret: str = confirmed["session"]
    return secret


def choices(identity: Any) -> list[dict[str, str]]:
    names = {str(identity.ids["client", ref]): ref.title() for ref in ("pat", "sam")}
    return [{"client_id": client_id, "first_name": names[client_id]} for client_id in sorted(names)]


def choose(identity: Any, session: str, client: object) -> Any:
    return identity.call("POST", "/sessions/choose", {"session": session, "client_id": str(client)}, as_="portal")


def test_until_one_is_chosen_there_is_no_client_and_no_token(identity: Any, half: str) -> None:
    found = identity.look_up(half).get_json()
    assert (found["client"], found["tokens"], found["appointment_id"]) == (None, {}, None)
    assert found["choices"] == choices(identity)
    assert identity.look_up(half, "staff").status_code == 401
    for token in ("None", half, "x.y.z"):
        assert identity.call("GET", "/clients", as_=token if "." in token else f"{token}.x").status_code == 401
    identity.execute("UPDATE sessions SET last_seen_at = last_seen_at - interval '30 minutes'")
    assert identity.look_up(half).status_code == 401, "it ends like any other"


def test_choosing_makes_a_new_session_ends_the_old_one_and_can_be_done_again(identity: Any, half: str) -> None:
    pat, sam = identity.ids["client", "pat"], identity.ids["client", "sam"]
    first = choose(identity, half, sam).get_json()["session"]
    assert identity.look_up(half).status_code == 401
    found = identity.look_up(first).get_json()
    assert (found["client"]["id"], found["choices"], len(found["tokens"])) == (str(sam), choices(identity), 4)
    second = choose(identity, first, pat).get_json()["session"]
    assert identity.look_up(first).status_code == 401
    assert identity.look_up(second).get_json()["client"]["id"] == str(pat)
    assert len({half, first, second}) == 3


def test_choosing_never_prolongs_the_eight_hours(identity: Any, half: str) -> None:
    identity.execute("UPDATE sessions SET created_at = created_at - interval '7 hours'")
    ends = identity.look_up(half).get_json()["absolute_expires_at"]
    chosen = choose(identity, half, identity.ids["client", "sam"]).get_json()["session"]
    assert identity.look_up(chosen).get_json()["absolute_expires_at"] == ends


def test_nobody_else_can_be_chosen(identity: Any, half: str) -> None:
    for client in (identity.ids["client", "eve"], identity.other_ids["client", "pat"], uuid4()):
        answer = choose(identity, half, client)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert identity.look_up(half).status_code == 200, "a refused choice ends nothing"
    one = identity.confirm(identity.link())["session"]
    assert choose(identity, one, identity.ids["client", "sam"]).status_code == 404
    for secret in ("", "no session", half[:-1]):
        assert choose(identity, secret, identity.ids["client", "sam"]).get_json()["code"] == "session_ended"


def test_twenty_choices_at_once_leave_exactly_one_session(identity: Any, half: str) -> None:
    twins = [identity.ids["client", ref] for ref in ("pat", "sam")]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda number: choose(identity, half, twins[number % 2]), range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19
    assert identity.execute("SELECT count(*) FROM sessions WHERE ended_at IS NULL") == [(1,)]


@pytest.mark.parametrize("changed", ["pat", "sam"])
def test_a_changed_contact_of_any_choice_ends_the_session(identity: Any, half: str, changed: str) -> None:
    session = choose(identity, half, identity.ids["client", "sam"]).get_json()["session"]
    other = identity.confirm(identity.sign_in_link())["session"]
    client, olga = identity.ids["client", changed], identity.staff_token()
    body = {"email": "new@example.org"}
    assert identity.call("PATCH", f"/clients/{client}", body, as_=olga, If_Match='"1"').status_code == 200
    assert {identity.look_up(secret).status_code for secret in (session, other)} == {401}


class HeldStore:
    """Holds a transaction open before its end until it is told to go on."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.reached, self.go_on = Event(), Event()

    @contextmanager
    def rows(self, practice_id: UUID) -> Iterator[Any]:
        """One transaction."""
        with self._store.rows(practice_id) as rows:
            yield rows
            self.reached.set()
            assert self.go_on.wait(30)


@pytest.mark.parametrize("changed", ["pat", "sam"])
def test_who_chooses_while_a_contact_is_changed_keeps_nothing(identity: Any, half: str, changed: str) -> None:
    held = HeldStore(identity.parts.ports.store)
    sam, olga = identity.ids["client", "sam"], identity.staff_token()
    path = f"/clients/{identity.ids['client', changed]}"
    body = {"email": "new@example.org", "mobile": ""}
    with ThreadPoolExecutor(2) as threads:
        chosen = threads.submit(choose_client, replace(identity.parts.ports, store=held), half, sam)
        assert held.reached.wait(30)
        patched = threads.submit(lambda: identity.call("PATCH", path, body, as_=olga, If_Match='"1"'))
        try:
            eventually(
                lambda: (
                    patched.done()
                    or identity.execute("SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'") != []
                )
            )
        finally:
            held.go_on.set()
        assert patched.result().status_code == 200
        assert identity.look_up(chosen.result()).status_code == 401
