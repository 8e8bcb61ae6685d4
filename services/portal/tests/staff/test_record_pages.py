"""A client's record, messages, notifications and clinicians' profiles."""

import re
from typing import Any
from uuid import UUID

from clinic.kernel.errors import Refused
from clinic.portal.application.staff.client_details import as_form as client_form

PAT, BO, TOM, ALERT, SENT, COMMAND = (str(UUID(int=n)) for n in (21, 12, 16, 56, 57, 777))
RECORD = f"/clients/{PAT}"


def words(answer: Any) -> str:
    return " ".join(answer.text.split())


def edited(world: Any, **changes: str) -> dict[str, str]:
    return client_form(world.clients[PAT]) | {"version": "5"} | changes


def test_a_search_finds_clients_with_date_of_birth_and_reference(staff: Any) -> None:
    page = words(staff("rita").get("/clients", q="Okafor"))
    assert "Born 4 November 1984 · C-1001" in page


def test_the_tabs_are_links_and_the_present_one_is_named(staff: Any) -> None:
    page = words(staff("rita").get(RECORD))
    for tab in ("appointments", "messages", "history"):
        assert f'href="/p/harbour-street/clients/{PAT}/{tab}"' in page
    assert 'aria-current="page">Details' in page


def test_a_record_without_postcode_says_what_it_lacks(staff: Any, world: Any) -> None:
    world.clients[PAT]["postcode"] = ""
    assert "cannot use the portal until both date of birth and postcode" in words(staff("rita").get(RECORD))


def test_a_locked_client_can_be_unlocked(staff: Any, world: Any) -> None:
    assert "Unlock" not in staff("rita").get(RECORD).text
    world.clients[PAT]["locked"] = True
    browser = staff("rita")
    assert "Unlock" in browser.get(RECORD).text
    assert browser.post(f"{RECORD}/unlock").status_code == 303
    assert world.said("unlock_client") == [UUID(PAT)]


def test_only_what_was_changed_is_saved_with_the_version_that_was_seen(staff: Any, world: Any) -> None:
    answer = staff("rita").post(f"{RECORD}/edit", edited(world, postcode="L8 1XY", year="1985"))
    assert answer.status_code == 303
    assert world.said("change_client") == [(5, {"postcode": "L8 1XY", "date_of_birth": "1985-11-04"})]


def test_the_next_of_kin_is_shown_and_edited_with_the_record(staff: Any, world: Any) -> None:
    browser = staff("rita")
    given = edited(world, next_of_kin_name="Ada <Okafor>", next_of_kin_email_opt_in="on")
    assert browser.post(f"{RECORD}/edit", given).status_code == 303
    changes = {"next_of_kin_name": "Ada <Okafor>", "next_of_kin_email_opt_in": True}
    assert world.said("change_client") == [(5, changes)]
    world.clients[PAT] |= changes | {"next_of_kin_email": "ada@example.org"}
    page = words(browser.get(RECORD))
    assert "Ada &lt;Okafor&gt;" in page
    assert "ada@example.org" in page


def test_saving_without_a_change_asks_nothing_of_identity(staff: Any, world: Any) -> None:
    assert staff("rita").post(f"{RECORD}/edit", edited(world)).status_code == 303
    assert not world.said("change_client")


def test_a_date_that_does_not_exist_is_refused_beside_its_boxes_and_kept(staff: Any, world: Any) -> None:
    answer = staff("rita").post(f"{RECORD}/edit", edited(world, day="31", month="6"))
    assert answer.status_code == 422
    assert 'href="#date_of_birth"' in answer.text
    assert 'value="31"' in answer.text
    assert not world.said("change_client")


def test_identitys_refusal_stands_beside_its_field(staff: Any, world: Any) -> None:
    world.refuse["change_client"] = Refused("invalid", errors={"email": ["is not an address such as name@example.com"]})
    answer = staff("rita").post(f"{RECORD}/edit", edited(world, email="pat@"))
    assert answer.status_code == 422
    assert answer.text.count("E-mail address is not an address such as name@example.com") == 2
    assert 'value="pat@"' in answer.text


def test_a_change_by_somebody_else_is_shown_beside_the_entries(staff: Any, world: Any) -> None:
    world.refuse["change_client"] = Refused("changed_meanwhile")
    answer = staff("rita").post(f"{RECORD}/edit", edited(world, postcode="L8 1XY", version="4"))
    assert answer.status_code == 409
    page = words(answer)
    assert "Postcode L1 4AB" in " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert 'value="L8 1XY"' in page
    assert 'name="version" value="5"' in page


def test_the_appointments_tab_tells_upcoming_and_previous(staff: Any) -> None:
    page = words(staff("rita").get(f"{RECORD}/appointments"))
    assert page.index("Upcoming") < page.index("10:20") < page.index("Previous and cancelled") < page.index("14:00")


def test_the_history_tab_joins_the_histories(staff: Any) -> None:
    assert "Pat Okafor moved it" in staff("rita").get(f"{RECORD}/history").text


def test_the_messages_are_unsealed_with_their_reason_and_never_run_as_html(staff: Any, world: Any) -> None:
    page = staff("bo").get(f"{RECORD}/messages").text
    assert "Could it be &lt;b&gt;earlier&lt;/b&gt;?" in page
    assert f'id="message-{UUID(int=54)}"' in page
    assert world.said("unseal") == ["reading the Messages tab"]


def test_sent_messages_tell_their_state_and_can_be_sent_again(staff: Any, world: Any) -> None:
    browser = staff("rita")
    page = words(browser.get(f"{RECORD}/messages"))
    assert "Failed" in page
    assert "Mailbox does not exist" in page
    assert "Nothing in this state." in browser.get(f"{RECORD}/messages", state="sent").text
    assert browser.post(f"{RECORD}/messages/{SENT}/resend", {"command_id": COMMAND}).status_code == 303
    assert world.said("resend") == [UUID(SENT)]
    assert "Whether it was sent stands below." in browser.get(f"{RECORD}/messages").text


def test_the_clients_own_messages_are_shown_while_notifications_is_down(staff: Any, world: Any) -> None:
    world.down = {"sent_messages"}
    page = staff("rita").get(f"{RECORD}/messages")
    assert page.status_code == 200
    assert "cannot be shown at the moment" in page.text


def test_a_notification_tells_old_and_new_and_is_marked_read(staff: Any, world: Any) -> None:
    browser = staff("bo")
    page = words(browser.get("/notifications"))
    assert "Pat Okafor changed an appointment" in page
    assert "from Thu 26 Nov 2026, 10:20 to Wed 2 Dec 2026, 10:20" in page
    assert f'href="/p/harbour-street/appointments/{UUID(int=52)}"' in page
    assert browser.post(f"/notifications/{ALERT}/read").status_code == 303
    assert browser.post("/notifications/read-all").status_code == 303
    assert world.said("mark_read") == [UUID(ALERT)]


def test_only_a_site_administrator_changes_a_profile(staff: Any, world: Any) -> None:
    profile = {"available_online": "on", "display_name": "Dr Bo", "title": "", "description": ""}
    assert staff("olga").post(f"/clinicians/{BO}", profile).status_code == 303
    assert staff("bo").post(f"/clinicians/{BO}", profile).status_code == 403
    assert "Only site administrators change this" in staff("bo").get(f"/clinicians/{BO}").text
    assert [who for who, _ in world.said("change_online_profile")] == [UUID(BO)]


def test_a_display_name_is_needed_while_the_switch_is_on(staff: Any, world: Any) -> None:
    browser = staff("olga")
    answer = browser.post(f"/clinicians/{TOM}", {"available_online": "on", "display_name": " "})
    assert answer.status_code == 422
    assert "Enter a display name" in answer.text
    assert browser.post(f"/clinicians/{TOM}", {"display_name": ""}).status_code == 303
    assert len(world.said("change_online_profile")) == 1


def test_a_session_that_ends_meanwhile_leads_to_the_door(staff: Any, world: Any) -> None:
    world.refuse["diary"] = Refused("session_ended")
    answer = staff("olga").get("/diary")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/p/harbour-street/sign-in")
