"""Wrong posts at sign-in links (F14): what they count for, whom they lock, who unlocks."""

from collections import Counter
from typing import Any

from identity_cast import FAMILY, LOU, MIA, in_parallel


def test_wrong_facts_count_at_the_link_and_over_all_links_of_the_contact_but_for_no_client(
    identity: Any, family: dict[str, str]
) -> None:
    first = identity.sign_in_link(FAMILY)
    answers = [identity.confirm(first, **{**MIA, "postcode": "E1"}) for _ in range(6)]
    assert [answer.get("tries_left") for answer in answers] == [4, 3, 2, 1, 0, None]
    assert answers[-1] == {"outcome": "too_many_tries"}
    second = identity.sign_in_link(FAMILY)
    outcomes = in_parallel(50, lambda number: identity.confirm(second, f"10.0.0.{number}", **{**MIA, "postcode": "E1"}))
    assert outcomes == Counter(mismatch=5, too_many_tries=45)
    third = identity.sign_in_link(FAMILY)
    assert identity.open(third)["state"] == "too_many_tries"
    assert identity.confirm(third, "10.9.9.9", **MIA) == {"outcome": "too_many_tries"}, "ten in 24 hours over all links"
    assert identity.execute("SELECT FROM tries WHERE starts_with(counted_for, 'client:')") == []
    identity.execute("UPDATE tries SET tried_at = ARRAY(SELECT t - interval '24 hours' FROM unnest(tried_at) t)")
    assert identity.confirm(third, "10.9.9.9", **MIA)["outcome"] == "confirmed"


def test_a_thousand_posts_without_a_link_lock_nobody(identity: Any) -> None:
    """10,000 in the full run."""
    token = identity.sign_in_link()
    outcomes = in_parallel(1000, lambda n: identity.confirm(f"guess {n}", f"10.{n // 250}.{n % 250}.1"))
    assert outcomes == Counter(unknown=1000)
    assert identity.open(token)["state"] == "ready"
    assert identity.confirm(token)["outcome"] == "choose_client"


def test_a_client_locked_at_an_appointment_link_is_out_and_her_children_are_not(
    identity: Any, family: dict[str, str]
) -> None:
    identity.execute(
        "INSERT INTO tries VALUES (%s, %s, array_fill(clinic_now(), ARRAY[10]))",
        identity.practice_id, f"client:{family['mia']}",
    )  # fmt: skip
    token = identity.sign_in_link(FAMILY)
    assert identity.confirm(token, **MIA)["outcome"] == "mismatch"
    assert identity.confirm(token, **LOU)["outcome"] == "confirmed"


def test_staff_see_that_a_contact_is_locked_and_unlock_it_with_its_links(identity: Any, family: dict[str, str]) -> None:
    olga, tokens = identity.staff_token(), []
    for _ in range(2):
        tokens.append(identity.sign_in_link(FAMILY))
        for _ in range(5):
            identity.confirm(tokens[-1], **{**MIA, "postcode": "E1"})
    for ref in ("mia", "zoe"):
        assert identity.call("GET", f"/clients/{family[ref]}", as_=olga).get_json()["locked"] is True
    assert identity.call("GET", f"/clients/{family['ida']}", as_=olga).get_json()["locked"] is False
    assert identity.call("POST", f"/clients/{family['zoe']}/unlock", as_=olga).status_code == 204
    for ref in ("mia", "zoe"):
        assert identity.call("GET", f"/clients/{family[ref]}", as_=olga).get_json()["locked"] is False
    assert identity.confirm(tokens[-1], **MIA)["outcome"] == "confirmed"


def test_one_locked_link_shows_on_the_record_until_the_link_ends(identity: Any, family: dict[str, str]) -> None:
    olga, token = identity.staff_token(), identity.sign_in_link(FAMILY)
    for _ in range(5):
        identity.confirm(token, **{**MIA, "postcode": "E1"})
    assert identity.call("GET", f"/clients/{family['lou']}", as_=olga).get_json()["locked"] is True
    identity.sign_in_link(FAMILY)
    assert identity.call("GET", f"/clients/{family['lou']}", as_=olga).get_json()["locked"] is False
