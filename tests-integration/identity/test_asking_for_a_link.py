"""Asking for a sign-in link (F9, F14, F16): what is told, what is written, what is sent."""

import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest

PAT, PAT_MOBILE = "pat@harbour-street.org", "07700 900001"
STRANGER, STRANGER_MOBILE = "nobody@harbour-street.org", "07700 900999"


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


def told(identity: Any, contact: str) -> tuple[int, bytes, list[tuple[str, str]], list[str]]:
    with statements() as sent:
        answer = identity.ask(contact)
    return answer.status_code, answer.data, sorted(answer.headers), sent


def test_known_unknown_locked_and_over_limit_contacts_are_told_the_same_by_the_same_statements(identity: Any) -> None:
    identity.ask(PAT)
    first = told(identity, PAT)
    assert first[0] == 202
    assert b'"accepted"' in first[1]
    assert sum("INSERT" in statement for statement in first[3]) == 1, "one statement writes"
    assert not any("clients" in statement for statement in first[3]), "nothing is looked up"
    contacts = [STRANGER, PAT_MOBILE, STRANGER_MOBILE, "PAT@harbour-street.ORG", "ruth@elsewhere.example", PAT]
    assert [told(identity, contact) for contact in contacts] == [first] * 6
    identity.judge()
    assert [told(identity, contact) for contact in (PAT, STRANGER, PAT, PAT)] == [first] * 4, "also past every limit"


def test_known_and_unknown_contacts_take_the_same_time(identity: Any) -> None:
    took: dict[str, list[float]] = {PAT: [], STRANGER: []}
    identity.ask(PAT)
    for number in range(600):
        contact = (PAT, STRANGER)[number % 2]
        begun = time.perf_counter()
        identity.ask(contact)
        took[contact].append((time.perf_counter() - begun) * 1000)
    known, unknown = took[PAT], took[STRANGER]
    same_kind = abs(statistics.median(known[::2]) - statistics.median(known[1::2]))
    assert abs(statistics.median(known) - statistics.median(unknown)) <= same_kind + 1.0


def test_the_worker_announces_known_contacts_by_their_channel_and_forgets_the_others(identity: Any) -> None:
    for contact in (PAT, STRANGER, "+44 (0)7700 900001", STRANGER_MOBILE):
        identity.ask(contact)
    assert identity.execute("SELECT count(*) FROM sign_in_requests") == [(4,)]
    assert identity.judge() == 4
    assert [channel for _, channel in identity.requested()] == ["email", "sms"]
    kept = identity.execute("SELECT contact FROM sign_in_requests ORDER BY contact")
    assert kept == [("+447700900001",), (PAT,)], "who asked in vain is forgotten at once"
    assert identity.execute("SELECT FROM sign_in_queue") == []
    ((events,),) = identity.execute("SELECT string_agg(t::text, ' ') FROM events t WHERE type = 'SignInLinkRequested'")
    assert "pat" not in events
    assert "7700" not in events
    assert identity.judge() == 0
    assert len(identity.requested()) == 2


def test_the_feed_tells_other_services_a_request_and_its_channel_and_nothing_more(identity: Any) -> None:
    identity.ask(PAT_MOBILE)
    identity.judge()
    ((head,),) = identity.execute("SELECT position FROM heads WHERE practice_id = %s", identity.practice_id)
    path = f"/events?practice={identity.practice_id}&after={head - 1}&limit=10"
    (event,) = identity.call("GET", path, as_="notifications").get_json()["events"]
    ((request_id, channel),) = identity.requested()
    assert event["type"] == "SignInLinkRequested"
    assert event["data"] == {"request_id": str(request_id), "channel": "sms"}
    assert (event["stream_id"], event["actor"]["kind"]) == (f"sign_in-{request_id}", "system")
    assert channel == "sms"


def test_what_is_no_contact_is_told_and_writes_nothing(identity: Any) -> None:
    faults = {"": "missing", " \u200b": "missing", "pat": "not_a_contact", "\x00\ud800": "not_a_contact"}
    for typed, code in (*faults.items(), ("x" * 5000, "not_a_contact")):
        answer = identity.ask(typed)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "invalid")
        assert answer.get_json()["errors"] == {"contact": [code]}
    assert identity.ask(PAT, slug="nobody-here").status_code == 404
    assert identity.execute("SELECT FROM sign_in_requests") == []


def test_while_the_portal_is_off_nothing_is_asked_for_and_nothing_minted(identity: Any) -> None:
    identity.ask(PAT)
    identity.judge()
    identity.execute("UPDATE portal_switches_v1 SET portal_on = false")
    for contact in (PAT, STRANGER, "no contact"):
        answer = identity.ask(contact)
        assert (answer.status_code, answer.get_json()) == (202, {"outcome": "portal_off"})
    assert identity.execute("SELECT count(*) FROM sign_in_requests") == [(1,)]
    assert identity.mint(identity.requested()[0][0]).status_code == 404


def test_a_record_without_contacts_is_never_found_by_nothing(identity: Any) -> None:
    """Eve has neither e-mail nor mobile; neither has the row that somebody might smuggle in."""
    with pytest.raises(psycopg.errors.CheckViolation):
        identity.execute(
            "INSERT INTO sign_in_requests (practice_id, request_id, contact, channel, source) "
            "VALUES (%s, %s, '', 'sms', '')",
            identity.practice_id, uuid4(),
        )  # fmt: skip


def test_next_of_kin_s_contacts_open_nothing(identity: Any) -> None:
    identity.execute("UPDATE clients SET next_of_kin_email = 'ruth@x.org', next_of_kin_mobile = '+447700900777'")
    identity.ask("ruth@x.org")
    identity.ask("07700900777")
    assert (identity.judge(), identity.requested()) == (2, [])


def test_three_links_in_a_quarter_of_an_hour_whoever_asks_in_whatever_spelling_at_once(identity: Any) -> None:
    """Many requests for one mailbox from as many sources, judged by several processes at once (10,000 in full)."""
    spellings = (PAT, "PAT@harbour-street.org", " pat @harbour-street.org")
    with ThreadPoolExecutor(8) as threads:
        asked = list(threads.map(lambda n: identity.ask(spellings[n % 3], f"10.{n // 250}.{n % 250}.1"), range(500)))
        assert {answer.status_code for answer in asked} == {202}
        assert sum(threads.map(lambda _: judge_all(identity), range(4))) == 500
    assert len(identity.requested()) == 3
    identity.execute(
        "UPDATE sign_in_windows SET counted_at = ARRAY(SELECT t - interval '15 minutes' FROM unnest(counted_at) t)"
    )
    for _ in range(20):
        identity.ask(PAT)
    identity.judge()
    assert len(identity.requested()) == 6


def test_only_one_process_at_a_time_judges_a_practice(identity: Any) -> None:
    identity.ask(PAT)
    identity.ask("pat@mill-lane.org", slug="mill-lane")
    with psycopg.connect(identity.database.url("worker")) as connection:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended('sign-in requests ' || %s, 0))"
        connection.execute(lock, (str(identity.practice_id),))
        assert identity.judge() == 1, "the other practice's"
    assert identity.judge() == 1


def judge_all(identity: Any) -> int:
    """Until the queue is empty, also where another one has its turn."""
    taken = 0
    while identity.execute("SELECT FROM sign_in_queue"):
        taken += identity.judge()
    return taken


def test_a_source_that_asks_for_many_is_dropped_without_a_word_and_its_neighbours_are_not(identity: Any) -> None:
    for number in range(60):
        identity.ask(f"guess{number}@example.org", "2001:db8::1")
    assert identity.ask(PAT, "2001:db8::ffff").get_json() == {"outcome": "accepted"}
    identity.judge()
    assert identity.requested() == []
    identity.ask(PAT, "2001:db8:0:1::1")
    identity.judge()
    assert len(identity.requested()) == 1


def test_the_daily_budget_ends_sending_and_is_told_to_the_operators_once(identity: Any) -> None:
    identity.ask(PAT)
    identity.judge()
    spent = (
        "UPDATE sign_in_windows SET counted_at = array_fill(clinic_now(), ARRAY[1000]) WHERE counted_for = 'practice'"
    )
    identity.execute(spent)
    for _ in range(2):
        identity.ask(PAT_MOBILE)
        identity.judge()
    assert len(identity.requested()) == 1
    assert identity.alarms.budgets == [identity.practice_id]


def test_a_request_that_waited_a_quarter_of_an_hour_is_dropped(identity: Any) -> None:
    identity.ask(PAT)
    identity.later("15 minutes")
    assert (identity.judge(), identity.requested()) == (1, [])
    assert identity.execute("SELECT FROM sign_in_requests") == []


def test_a_request_of_another_practice_is_judged_there_and_minted_nowhere_else(identity: Any) -> None:
    identity.ask(PAT, slug="mill-lane")
    identity.judge()
    assert identity.requested("mill-lane") == [], "Pat is a client of the first practice only"
    identity.ask("pat@mill-lane.org", slug="mill-lane")
    identity.ask(PAT)
    identity.judge()
    ((there, _),) = identity.requested("mill-lane")
    ((here, _),) = identity.requested()
    assert identity.mint(there).status_code == 404
    assert identity.mint(here, identity.other_practice_id).status_code == 404
    assert identity.mint(there, identity.other_practice_id).status_code == 200


def test_a_database_that_is_away_accepts_nothing(identity: Any) -> None:
    identity.execute("ALTER TABLE sign_in_queue RENAME TO away")
    assert identity.ask(PAT).status_code == 500
    identity.execute("ALTER TABLE away RENAME TO sign_in_queue")
    assert identity.execute("SELECT FROM sign_in_requests") == []


def test_a_practice_whose_batch_fails_keeps_no_other_one_waiting(identity: Any) -> None:
    for slug, contact in (("harbour-street", PAT), ("mill-lane", "pat@mill-lane.org")):
        identity.ask(contact, slug=slug)
    identity.execute("UPDATE heads SET practice_id = gen_random_uuid() WHERE practice_id = %s", identity.practice_id)
    with pytest.raises(LookupError):
        identity.judge()
    assert len(identity.requested("mill-lane")) == 1
    assert identity.execute("SELECT practice_id FROM sign_in_queue") == [(identity.practice_id,)], "it is tried again"
