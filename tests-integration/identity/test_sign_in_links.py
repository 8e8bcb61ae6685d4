"""Sign-in links (F9, F10, F12–F14): minted when sent, used once, for whomever the facts fit."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from identity_cast import FAMILY, LOU, MAX, MIA, ZOE, in_parallel

from clinic.identity.application import confirm_link
from clinic.identity.entrypoints.import_practice import importer
from clinic.infra.importing import ImportContext
from clinic.kernel.practice_directory import ClientRow, PracticeDirectory


def add_client(identity: Any, practice_row: Any, *rows: ClientRow) -> None:
    importer(PracticeDirectory(practice_row, clients=rows), ImportContext())


def test_the_facts_pick_one_of_four_and_the_session_reaches_all_of_her_appointments(
    identity: Any, family: dict[str, str]
) -> None:
    for ref, facts in (("mia", MIA), ("lou", LOU), ("max", MAX), ("zoe", ZOE)):
        token = identity.sign_in_link(FAMILY)
        opened = identity.open(token)
        assert (opened["state"], opened["kind"], opened["can_send_again"]) == ("ready", "sign_in", False)
        assert opened["client_first_name"] is None
        confirmed = identity.confirm(token, **facts)
        assert confirmed.keys() == {"outcome", "session"}
        session = identity.look_up(confirmed["session"]).get_json()
        assert (session["client"]["id"], session["appointment_id"], session["choices"]) == (family[ref], None, [])
        assert len(session["tokens"]) == 4


def test_a_link_is_minted_for_the_contact_by_which_it_was_asked_for(identity: Any) -> None:
    for contact, channel, address in (
        ("Pat@Harbour-Street.org", "email", "pat@harbour-street.org"),
        ("07700 900001", "sms", "+447700900001"),
    ):
        identity.ask(contact)
        identity.judge()
        minted = identity.mint(identity.requested()[-1][0]).get_json()
        assert minted.keys() == {"url", "channel", "address"}
        assert (minted["channel"], minted["address"]) == (channel, address)
        assert identity.open(minted["url"].rpartition("/")[2])["state"] == "ready"
    assert identity.mint(uuid4()).status_code == 404


def test_the_newest_link_replaces_the_older_ones_of_its_contact_only(identity: Any) -> None:
    older, by_mobile, newest = (
        identity.sign_in_link(contact)
        for contact in ("pat@harbour-street.org", "07700900001", "pat@harbour-street.org")
    )
    states = [identity.open(token)["state"] for token in (older, by_mobile, newest)]
    assert states == ["expired", "ready", "ready"]
    assert identity.confirm(older) == {"outcome": "expired"}
    request_id = identity.requested()[-1][0]
    again = identity.mint(request_id).get_json()["url"].rpartition("/")[2]
    assert (identity.open(newest)["state"], identity.open(again)["state"]) == ("expired", "ready")


def test_links_minted_at_once_leave_exactly_one(identity: Any) -> None:
    identity.ask("pat@harbour-street.org")
    identity.judge()
    ((request_id, _),) = identity.requested()
    with ThreadPoolExecutor(8) as threads:
        urls = [answer.get_json()["url"] for answer in threads.map(lambda _: identity.mint(request_id), range(16))]
    states = Counter(identity.open(url.rpartition("/")[2])["state"] for url in urls)
    assert states == Counter(ready=1, expired=15)


def test_a_link_lives_half_an_hour_from_its_minting_and_then_offers_a_new_one(identity: Any) -> None:
    token = identity.sign_in_link()
    identity.later("29 minutes 50 seconds")
    assert identity.open(token)["state"] == "ready"
    identity.later("30 minutes")
    opened = identity.open(token)
    assert (opened["state"], opened["can_send_again"]) == ("expired", True)
    assert identity.confirm(token) == {"outcome": "expired"}
    assert identity.execute("SELECT wrong_tries FROM links") == [(0,)]


def test_a_request_is_minted_for_a_quarter_of_an_hour(identity: Any) -> None:
    identity.ask("pat@harbour-street.org")
    identity.judge()
    ((request_id, _),) = identity.requested()
    identity.later("14 minutes 50 seconds")
    assert identity.mint(request_id).status_code == 200
    identity.later("15 minutes")
    assert identity.mint(request_id).status_code == 404


def test_a_request_that_nobody_judged_is_not_minted(identity: Any) -> None:
    identity.ask("pat@harbour-street.org")
    ((request_id,),) = identity.execute("SELECT request_id FROM sign_in_requests")
    assert identity.mint(request_id).status_code == 404


def test_fifty_right_posts_at_once_open_exactly_one_session(identity: Any, family: dict[str, str]) -> None:
    token = identity.sign_in_link(FAMILY)
    outcomes = in_parallel(50, lambda number: identity.confirm(token, f"192.0.2.{number}", **MIA))
    assert outcomes == Counter(confirmed=1, expired=49)
    assert identity.execute("SELECT count(*) FROM sessions") == [(1,)]
    opened = identity.open(token)
    assert (opened["state"], opened["can_send_again"]) == ("expired", True)


def test_twelve_right_posts_at_the_very_same_moment_open_exactly_one_session(
    identity: Any, family: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All have seen a usable link before any of them is judged."""
    together, judge = Barrier(12), confirm_link._judge

    def judge_together(*given: Any, **options: Any) -> Any:
        together.wait(timeout=20)
        return judge(*given, **options)

    monkeypatch.setattr(confirm_link, "_judge", judge_together)
    for _ in range(3):
        confirm = partial(identity.confirm, identity.sign_in_link(FAMILY))
        assert in_parallel(12, partial(from_somewhere_else, confirm)) == Counter(confirmed=1, expired=11)


def from_somewhere_else(confirm: Callable[..., dict[str, Any]], number: int) -> dict[str, Any]:
    return confirm(f"192.0.2.{number}", **MIA)


def test_opening_a_link_a_thousand_times_uses_up_nothing(identity: Any) -> None:
    token = identity.sign_in_link()
    assert {identity.open(token)["state"] for _ in range(1000)} == {"ready"}
    assert identity.confirm(token, day="")["outcome"] == "incomplete"
    assert identity.execute("SELECT wrong_tries, used_at FROM links") == [(0, None)]


def test_an_incomplete_record_is_told_at_once_alone_and_beside_the_mismatch_among_others(
    identity: Any, family: dict[str, str], practice_row: Any
) -> None:
    alone = identity.sign_in_link("ida@example.org")
    assert identity.open(alone)["state"] == "record_incomplete"
    assert identity.confirm(alone) == {"outcome": "record_incomplete"}
    add_client(identity, practice_row, ClientRow("ned", "Ned", "Orr", None, "", "ida@example.org", "", False, False))
    assert identity.open(alone)["state"] == "record_incomplete", "all of them are"
    identity.execute("UPDATE clients SET postcode = 'W1 1AA' WHERE client_id = %s", family["ida"])
    assert identity.open(alone)["state"] == "ready"
    assert identity.confirm(alone) == {"outcome": "mismatch", "tries_left": 4, "some_incomplete": True}
    facts = {"day": "1", "month": "1", "year": "1950", "postcode": "w11aa"}
    assert identity.confirm(alone, **facts)["outcome"] == "confirmed"


def test_a_contact_changed_on_any_of_its_records_ends_its_links_and_no_other_s(
    identity: Any, family: dict[str, str]
) -> None:
    olga, others = identity.staff_token(), identity.sign_in_link()
    for ref in ("zoe", "mia"):
        token = identity.sign_in_link(FAMILY)
        changes = {"email": "new@example.org"}
        changed = identity.call("PATCH", f"/clients/{family[ref]}", changes, as_=olga, If_Match='"1"')
        assert changed.status_code == 200
        assert identity.open(token)["state"] == "expired"
    assert identity.open(others)["state"] == "ready"
    token = identity.sign_in_link(FAMILY)
    assert identity.confirm(token, **ZOE)["outcome"] == "mismatch", "Zoe has another address by now"
    assert identity.confirm(token, **LOU)["outcome"] == "confirmed"


def test_a_contact_that_is_nobody_s_any_more_is_not_minted_for(identity: Any, family: dict[str, str]) -> None:
    identity.ask("ida@example.org")
    identity.judge()
    identity.execute("UPDATE clients SET email = '' WHERE client_id = %s", family["ida"])
    assert identity.mint(identity.requested()[-1][0]).status_code == 404
    token = identity.sign_in_link("07700 900555")
    identity.execute("UPDATE clients SET mobile = '+447700900556' WHERE client_id = %s", family["ida"])
    assert identity.open(token)["state"] == "expired", "also where the revocation came too late"


def test_an_ended_link_is_sent_again_to_its_contact_and_nothing_else_is(identity: Any) -> None:
    used, token = identity.sign_in_link(), identity.sign_in_link("07700900001")
    identity.confirm(token, postcode="L1 4DS")
    appointment = identity.link()
    identity.execute("DELETE FROM sign_in_windows")
    before = len(identity.requested())
    again = [send_again(identity, one) for one in (token, used, "made up", appointment, "\x00\ud800")]
    assert again == [(202, {"outcome": "accepted"})] * 5
    identity.judge()
    assert [channel for _, channel in identity.requested()[before:]] == ["sms"], "the open link is not replaced"
    minted = identity.mint(identity.requested()[-1][0]).get_json()
    assert minted["address"] == "+447700900001"
    assert send_again(identity, token, "mill-lane") == (202, {"outcome": "accepted"})
    assert identity.judge() == 0, "another practice does not know the link"
    assert send_again(identity, token, "nobody-here")[0] == 404
    identity.execute("UPDATE portal_switches_v1 SET portal_on = false")
    assert send_again(identity, token) == (202, {"outcome": "portal_off"})


def send_again(identity: Any, token: str, slug: str = "harbour-street") -> tuple[int, Any]:
    body = {"practice_slug": slug, "token": token, "source_address": "192.0.2.7"}
    answer = identity.call("POST", "/sign-in-links/again", body, as_="portal")
    return answer.status_code, answer.get_json()


def test_charlie_s_practice_does_not_know_the_link_and_the_switch_closes_it(identity: Any) -> None:
    token = identity.sign_in_link()
    assert identity.open(token, slug="mill-lane")["state"] == "unknown"
    assert identity.open(token, slug="mill-lane")["can_send_again"] is False
    identity.execute("UPDATE portal_switches_v1 SET portal_on = false")
    assert identity.open(token)["state"] == "portal_off"
    assert identity.confirm(token) == {"outcome": "portal_off"}


def test_only_hashes_of_links_and_no_contact_beside_the_record_are_kept(identity: Any) -> None:
    token = identity.sign_in_link()
    for table in ("links", "sessions", "tries", "source_tries", "events", "sign_in_windows"):
        for (row,) in identity.execute(f"SELECT t::text FROM {table} t"):
            assert token not in row
            assert "pat@" not in row
