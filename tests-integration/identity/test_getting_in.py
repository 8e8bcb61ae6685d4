"""Links and facts (F5, F8, F10–F15) over a real database."""

from collections import Counter
from datetime import timedelta
from typing import Any

from identity_cast import FACTS, SLUG, in_parallel


def wrong(token: str, identity: Any, source_address: str = "192.0.2.1", **given: str) -> dict[str, Any]:
    """A wrong post; one that found the rows locked for too long says that nothing was changed, and comes again."""
    facts = {**FACTS, "postcode": "L9 9ZZ", **given}
    body = {"practice_slug": SLUG, "token": token, "source_address": source_address, **facts}
    for _ in range(20):
        answer = identity.call("POST", "/links/confirm", body, as_="portal")
        if answer.status_code != 503:
            break
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def test_right_facts_open_a_session_for_this_appointment_only(identity: Any) -> None:
    appointment_id = identity.book()
    token = identity.link(appointment_id)
    assert identity.open(token)["state"] == "ready"
    confirmed = identity.confirm(token, postcode=" L14ds ")
    assert (confirmed["outcome"], confirmed["appointment_id"]) == ("confirmed", str(appointment_id))
    session = identity.look_up(confirmed["session"]).get_json()
    assert session["appointment_id"] == str(appointment_id)
    assert session["client"] == {"id": str(identity.ids["client", "pat"]), "first_name": "Pat", "last_name": "Marlow"}
    assert session["practice"]["portal"] == {"on": True, "off_text": ""}


def test_a_link_works_any_number_of_times_and_each_time_gives_a_new_session(identity: Any) -> None:
    token = identity.link()
    secrets = {identity.confirm(token)["session"] for _ in range(3)}
    assert len(secrets) == 3


def test_opening_a_link_a_thousand_times_changes_nothing(identity: Any) -> None:
    token = identity.link()
    dump = "SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {} t"
    tables = ("links", "tries", "sessions", "source_tries", "clients", "events")
    before = [identity.execute(dump.format(table)) for table in tables]
    assert {identity.open(token)["state"] for _ in range(1000)} == {"ready"}
    assert [identity.execute(dump.format(table)) for table in tables] == before


def test_wrong_facts_are_one_neutral_mismatch_and_the_fifth_is_the_last(identity: Any) -> None:
    token = identity.link()
    answers = [wrong(token, identity), wrong(token, identity, postcode="l1 4ds", day="8")]
    answers += [wrong(token, identity) for _ in range(3)]
    assert answers == [{"outcome": "mismatch", "tries_left": left} for left in (4, 3, 2, 1, 0)]
    assert wrong(token, identity) == {"outcome": "too_many_tries"}
    assert identity.confirm(token) == {"outcome": "too_many_tries"}, "not even the right facts"
    assert identity.open(token)["state"] == "too_many_tries"


INCOMPLETE = [
    ({"day": "", "month": "", "year": "", "postcode": ""}, {"day", "month", "year", "postcode"}),
    ({"day": "31", "month": "6"}, {"date_of_birth"}),
    ({"year": "85"}, {"date_of_birth"}),
    ({"year": "2999"}, {"date_of_birth"}),
    ({"day": "7th"}, {"day"}),
    ({"day": "٧"}, {"day"}),
    ({"postcode": " \t"}, {"postcode"}),
]


def test_incomplete_facts_are_told_by_field_and_count_nothing(identity: Any) -> None:
    for facts, errors in INCOMPLETE:
        token = identity.link()
        for _ in range(6):
            answer = identity.confirm(token, **facts)
            assert answer["outcome"] == "incomplete"
            assert answer["errors"].keys() == errors
        assert identity.confirm(token)["outcome"] == "confirmed"


def test_strange_characters_are_only_wrong(identity: Any) -> None:
    token = identity.link()
    assert wrong(token, identity, postcode="\x00\ud800 ")["outcome"] == "mismatch"
    assert identity.open("\ud800\x00")["state"] == "unknown"
    assert identity.open(token, slug="a\x00'--")["state"] == "unknown"


def test_fifty_parallel_wrong_posts_count_exactly_five(identity: Any) -> None:
    token = identity.link()
    outcomes = in_parallel(50, lambda number: wrong(token, identity, source_address=f"192.0.2.{number}"))
    assert outcomes == Counter(mismatch=5, too_many_tries=45)
    assert identity.execute("SELECT wrong_tries FROM links") == [(5,)]


def test_fifty_parallel_wrong_posts_at_many_links_count_exactly_ten_for_the_client(identity: Any) -> None:
    tokens = [identity.link() for _ in range(10)]
    outcomes = in_parallel(50, lambda number: wrong(tokens[number % 10], identity, source_address=f"192.0.2.{number}"))
    assert outcomes == Counter(mismatch=10, too_many_tries=40)
    assert identity.confirm(identity.link(), source_address="198.51.100.1") == {"outcome": "too_many_tries"}
    assert identity.confirm(identity.link(client="sam"), source_address="198.51.100.1")["outcome"] == "confirmed"


def test_a_client_s_tries_are_forgotten_after_a_day(identity: Any) -> None:
    for token in [identity.link() for _ in range(2)]:
        for _ in range(5):
            wrong(token, identity)
    identity.execute("UPDATE tries SET tried_at = ARRAY(SELECT t - interval '24 hours' FROM unnest(tried_at) t)")
    assert identity.confirm(identity.link(), source_address="198.51.100.1")["outcome"] == "confirmed"


def test_twenty_wrong_posts_from_one_address_delay_holders_and_refuse_the_others(identity: Any) -> None:
    outcomes = in_parallel(50, lambda number: wrong("no such token", identity, source_address="2001:db8::1"))
    assert outcomes == Counter(unknown=20, too_many_tries=30)
    assert set(identity.patience.waited) == {False}
    neighbour = "2001:db8::ffff"
    assert wrong("no such token", identity, source_address=neighbour)["outcome"] == "too_many_tries"
    assert identity.confirm(identity.link(), source_address=neighbour)["outcome"] == "confirmed"
    assert identity.patience.waited[-1] is True
    waited = len(identity.patience.waited)
    assert identity.confirm(identity.link(), source_address="2001:db8:0:1::1")["outcome"] == "confirmed"
    assert len(identity.patience.waited) == waited


def test_where_no_place_to_wait_is_left_holders_are_told_to_come_back(identity: Any) -> None:
    for _ in range(20):
        wrong("no such token", identity)
    identity.patience.full = True
    body = {"practice_slug": "harbour-street", "token": identity.link(), "day": "7", "month": "3", "year": "1985"}
    body |= {"postcode": "L1 4DS", "source_address": "192.0.2.1"}
    answer = identity.call("POST", "/links/confirm", body, as_="portal")
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
    assert wrong("no such token", identity)["outcome"] == "too_many_tries"


def test_posts_without_a_link_never_lock_a_client_out_and_raise_one_alarm(identity: Any) -> None:
    token = identity.link()
    for number in range(120):
        wrong(f"guess {number}", identity, source_address=f"10.0.{number}.1")
    assert identity.alarms.raised == [identity.practice_id]
    assert identity.confirm(token)["outcome"] == "confirmed"


def test_an_empty_record_is_told_at_once_and_its_link_works_when_staff_fill_it_in(identity: Any) -> None:
    token = identity.link(client="eve")
    assert identity.open(token)["state"] == "record_incomplete"
    assert identity.confirm(token) == {"outcome": "record_incomplete"}
    token_of_olga, eve = identity.staff_token(), identity.ids["client", "eve"]
    changes = {"date_of_birth": "1985-03-07"}
    assert identity.call("PATCH", f"/clients/{eve}", changes, as_=token_of_olga, If_Match='"1"').status_code == 200
    assert identity.confirm(token) == {"outcome": "record_incomplete"}
    changes = {"postcode": "L1 4DS"}
    assert identity.call("PATCH", f"/clients/{eve}", changes, as_=token_of_olga, If_Match='"2"').status_code == 200
    assert identity.confirm(token)["outcome"] == "confirmed"


def test_a_link_ends_with_the_appointment_s_current_start(identity: Any) -> None:
    appointment_id = identity.book(starts_in=timedelta(minutes=-1))
    token = identity.link(appointment_id)
    assert identity.open(token)["state"] == "expired"
    assert identity.confirm(token) == {"outcome": "expired"}
    moved = identity.book(starts_in=timedelta(days=1))
    identity.ledger.times[appointment_id] = identity.ledger.times[moved]
    assert identity.open(token)["state"] == "ready", "the ledger knows of the move before the copy does"
    identity.ledger.down = True
    assert identity.open(token)["state"] == "expired", "without the ledger the copy decides"


def test_without_a_copy_the_ledger_is_asked_and_without_the_ledger_nothing_is_said(identity: Any) -> None:
    token = identity.link()
    identity.execute("DELETE FROM appointment_times_v1")
    assert identity.open(token)["state"] == "ready"
    assert identity.confirm(token)["outcome"] == "confirmed"
    identity.ledger.down = True
    answer = identity.call("POST", "/links/open", {"practice_slug": "harbour-street", "token": token}, as_="portal")
    assert answer.status_code == 503
    identity.ledger.down = False
    identity.ledger.times.clear()
    assert identity.open(token)["state"] == "unknown"


def test_a_cancelled_appointment_s_link_still_opens(identity: Any) -> None:
    token = identity.link()
    identity.execute("UPDATE appointment_times_v1 SET cancelled = true")
    assert identity.confirm(token)["outcome"] == "confirmed"


def test_another_practice_s_address_does_not_know_the_link(identity: Any) -> None:
    token = identity.link()
    assert identity.open(token, slug="mill-lane")["state"] == "unknown"
    assert identity.open(token, slug="nobody-here") == {
        "state": "unknown", "kind": None, "practice": None, "client_first_name": None, "can_send_again": False,
    }  # fmt: skip


def test_while_the_portal_is_off_no_token_says_anything(identity: Any) -> None:
    token = identity.link()
    identity.execute("UPDATE portal_switches_v1 SET portal_on = false, off_text = 'Call us.'")
    for one in (token, "made up"):
        opened = identity.open(one)
        assert (opened["state"], opened["practice"]["portal"]["off_text"]) == ("portal_off", "Call us.")
        assert identity.confirm(one) == {"outcome": "portal_off"}


def test_a_changed_contact_ends_links_and_sessions(identity: Any) -> None:
    token = identity.link()
    session = identity.confirm(token)["session"]
    pat, olga = identity.ids["client", "pat"], identity.staff_token()
    changes = {"postcode": "L1 5AA"}
    assert identity.call("PATCH", f"/clients/{pat}", changes, as_=olga, If_Match='"1"').status_code == 200
    assert identity.look_up(session).status_code == 200
    changes = {"email": "new@example.org"}
    assert identity.call("PATCH", f"/clients/{pat}", changes, as_=olga, If_Match='"2"').status_code == 200
    assert identity.open(token)["state"] == "expired"
    assert identity.look_up(session).status_code == 401
    assert identity.open(identity.link())["state"] == "ready"


def test_staff_unlock_a_client_and_the_same_link_works(identity: Any) -> None:
    token, pat, olga = identity.link(), identity.ids["client", "pat"], identity.staff_token()
    for _ in range(5):
        wrong(token, identity)
    assert identity.call("GET", f"/clients/{pat}", as_=olga).get_json()["locked"] is True
    assert identity.call("POST", f"/clients/{pat}/unlock", as_=olga).status_code == 204
    assert identity.call("GET", f"/clients/{pat}", as_=olga).get_json()["locked"] is False
    assert identity.confirm(token)["outcome"] == "confirmed"
