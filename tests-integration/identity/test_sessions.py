"""Sessions and their tokens (F14, architecture.md section 6)."""

import json
import os
from datetime import datetime, timedelta
from typing import Any

import pytest

from clinic.identity.application.secret_texts import new_session_secret
from clinic.infra.caller import NotAllowedIn, read_token


@pytest.fixture
def session(identity: Any) -> str:
    secret: str = identity.confirm(identity.link())["session"]
    return secret


def test_tokens_name_person_practice_and_scope_for_one_audience_each(identity: Any, session: str) -> None:
    found = identity.look_up(session).get_json()
    keys = json.loads(os.environ["TOKEN_PUBLIC_KEYS"])
    assert found["tokens"].keys() == {"identity", "appointments", "availability", "notifications"}
    for audience, token in found["tokens"].items():
        caller = read_token(token, audience=audience, public_keys=keys)
        assert (caller.kind, caller.practice_id) == ("client", identity.practice_id)
        assert caller.client_id == identity.ids["client", "pat"]
        assert (str(caller.appointment_id), str(caller.session_id)) == (found["appointment_id"], found["session_id"])
        with pytest.raises(NotAllowedIn):
            read_token(token, audience="portal", public_keys=keys)


def test_a_session_ends_after_thirty_idle_minutes(identity: Any, session: str) -> None:
    identity.execute("UPDATE sessions SET last_seen_at = last_seen_at - interval '29 minutes'")
    assert identity.look_up(session).status_code == 200
    identity.execute("UPDATE sessions SET last_seen_at = last_seen_at - interval '30 minutes'")
    assert ended(identity.look_up(session))


def test_a_session_ends_after_eight_hours_however_busy(identity: Any, session: str) -> None:
    identity.execute("UPDATE sessions SET created_at = created_at - interval '7 hours 50 minutes'")
    found = identity.look_up(session).get_json()
    absolute, idle = (datetime.fromisoformat(found[name]) for name in ("absolute_expires_at", "idle_expires_at"))
    assert idle == absolute
    identity.execute("UPDATE sessions SET created_at = created_at - interval '10 minutes'")
    assert ended(identity.look_up(session))


def test_being_seen_is_written_at_most_once_a_minute(identity: Any, session: str) -> None:
    seen = "SELECT last_seen_at FROM sessions"
    identity.look_up(session)
    ((first,),) = identity.execute(seen)
    identity.look_up(session)
    assert identity.execute(seen) == [(first,)]
    identity.execute("UPDATE sessions SET last_seen_at = last_seen_at - interval '61 seconds'")
    identity.look_up(session)
    ((later,),) = identity.execute(seen)
    assert later - first < timedelta(minutes=1)
    assert later > first


def test_a_session_is_ended_by_the_server_and_ending_it_again_is_no_trouble(identity: Any, session: str) -> None:
    for _ in range(2):
        assert identity.call("POST", "/sessions/end", {"session": session}, as_="portal").status_code == 204
    assert ended(identity.look_up(session))
    assert identity.call("POST", "/sessions/end", {"session": "no session"}, as_="portal").status_code == 204


def test_a_client_s_session_is_none_on_the_staff_s_face(identity: Any, session: str) -> None:
    assert ended(identity.look_up(session, "staff"))


MADE_UP = ["", "x", "\ud800" * 30, "A" * 65, "A" * 200, "ä" * 65]


def test_made_up_secrets_are_ended_sessions(identity: Any) -> None:
    for secret in MADE_UP:
        assert ended(identity.look_up(secret))


def test_a_secret_of_one_practice_is_none_of_another(identity: Any, session: str) -> None:
    assert ended(identity.look_up(new_session_secret(identity.other_practice_id)[:22] + session[22:]))


def test_only_hashes_of_secrets_are_kept(identity: Any, session: str) -> None:
    token = identity.link()
    for table in ("sessions", "links", "tries", "source_tries", "events"):
        for (row,) in identity.execute(f"SELECT t::text FROM {table} t"):
            assert session not in row
            assert token not in row


def ended(answer: Any) -> bool:
    return bool(answer.status_code == 401 and answer.get_json()["code"] == "session_ended")
