"""The way of an appointment link, through every real part (F8, F17-F29, F31, F33, F43-F48)."""

from concurrent.futures import ThreadPoolExecutor

from steps import arrive, cancel, change, choose, confirm, follow
from visitor import Visitor
from world import World, eventually

from clinic.kernel.ids import new_id

PRIYA = "priya@harbour-street.example"


def test_a_change_moves_the_appointment_and_tells_everybody_once(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    eventually(lambda: len(world.mails(client.email)) == 1)
    visitor = arrive(world, client, booked)
    chosen = change(visitor, message="Could we look at my knee too?")
    assert visitor.last.status_code == 200
    assert "Your appointment is now" in visitor.last.text
    now = world.appointment(booked["id"])
    assert now["starts_at"] == chosen
    assert now["revision"] == 2
    assert world.types(booked) == ["AppointmentBooked", "AppointmentRescheduled"]
    mails = eventually(lambda: (found := world.mails(client.email)) and len(found) == 2 and found)
    first, second = (
        next(part["text"] for part in mail["attachments"] if part["name"].endswith(".ics")) for mail in mails[::-1]
    )
    assert uid(first) == uid(second)
    assert ("SEQUENCE:1" in first, "SEQUENCE:2" in second) == (True, True)
    assert "METHOD:REQUEST" in second
    alert = eventually(lambda: [each for each in world.alerts(PRIYA) if each["appointment_id"] == booked["id"]])
    assert [each["kind"] for each in alert] == ["rescheduled"]
    assert "knee" not in str(mails)
    offered = world.offered()
    assert chosen not in offered
    assert booked["starts_at"] in offered


def uid(calendar: str) -> str:
    """The UID line of a calendar file."""
    return next(line for line in calendar.splitlines() if line.startswith("UID:"))


def test_a_message_lands_in_the_messages_tab_and_is_linked_from_the_history(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    change(arrive(world, client, booked), message="I will bring the scan.")
    messages = eventually(lambda: world.call("appointments", "GET", f"/v1/clients/{client.id}/messages")["messages"])
    history = world.call("appointments", "GET", f"/v1/appointments/{booked['id']}/history")["entries"]
    assert [entry["message_id"] for entry in history if entry["message_id"]] == [messages[0]["message_id"]]
    body = {
        "client_id": str(client.id),
        "reason": "reading the Messages tab",
        "messages": [{"event_id": messages[0]["event_id"], "sealed": messages[0]["sealed"]}],
    }
    texts = world.call("identity", "POST", "/v1/messages/unseal", body)["texts"]
    assert texts == {messages[0]["event_id"]: "I will bring the scan."}


def test_the_session_reaches_this_appointment_and_nothing_else(world: World) -> None:
    client = world.next_client()
    first, other = world.book(client), world.book(client, days_ahead=6)
    visitor = arrive(world, client, first)
    assert "this appointment only" in visitor.last.text
    for path in (
        f"appointments/{other['id']}",
        f"appointments/{other['id']}/change",
        f"appointments/{other['id']}/cancel",
    ):
        assert visitor.open(f"/p/harbour-street/{path}").status_code == 404
    for path in ("appointments", "messages"):
        assert visitor.open(f"/p/harbour-street/{path}").status_code == 404


def test_a_cancellation_shows_the_policy_sets_the_status_and_frees_the_time(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    assert booked["starts_at"] not in world.offered()
    visitor = arrive(world, client, booked)
    follow(visitor, "/cancel")
    assert "24 hours" in visitor.last.text
    visitor.submit(visitor.form("command_id"), message="")
    assert "cancelled" in visitor.last.text
    now = world.appointment(booked["id"])
    assert now["status"] == "cancelled_by_client"
    assert booked["starts_at"] in world.offered()
    cancelled = eventually(
        lambda: [mail for mail in world.mails(client.email) if "cancelled" in mail["subject"].lower()]
    )
    calendar = next(part for part in cancelled[0]["attachments"] if part["name"].endswith(".ics"))
    assert "METHOD:CANCEL" in calendar["text"]
    assert "cancel" in calendar["content_type"].lower()


def test_wrong_facts_get_one_neutral_sentence_and_right_ones_still_enter(world: World) -> None:
    client = world.next_client()
    visitor = Visitor(world.stack.instance.url("client"))
    visitor.open(world.link(client, world.book(client)))
    wrong_day = confirm(visitor, **client.facts | {"day": "1" if client.facts["day"] != "1" else "2"}).text
    wrong_postcode = confirm(visitor, **client.facts | {"postcode": "ZZ1 1ZZ"}).text
    sentence = "The details do not match what the clinic has on record"
    assert sentence in wrong_day
    assert sentence in wrong_postcode
    confirm(visitor, **client.facts | {"postcode": client.postcode.replace(" ", "").lower()})
    assert "Your appointment" in visitor.last.text


def test_fifty_parallel_confirmations_of_one_slot_have_one_winner(world: World) -> None:
    people = [world.next_client() for _ in range(50)]
    ana = {"clinician": "Ana Ruiz", "kind": "Sports massage"}
    contested = world.offered(**ana)[-1]
    booked = [world.book(client, days_ahead=2, **ana) for client in people]
    forms = []
    for client, appointment in zip(people, booked, strict=True):
        visitor = arrive(world, client, appointment)
        day = contested[:10]
        visitor.open(f"/p/harbour-street/appointments/{appointment['id']}/change?from={day}")
        visitor.submit(visitor.form("starts_at"), starts_at=contested)
        forms.append((visitor, visitor.form("command_id")))
    before = len(world.events())
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda pair: pair[0].submit(pair[1]).status_code, forms))
    assert sorted(answers) == [200] + [409] * 49
    types = [event["type"] for event in world.events()[before:]]
    assert sorted(types) == ["AppointmentRescheduled"] + ["ChangeRefused"] * 49


def test_the_same_form_posted_twenty_times_is_one_event_and_one_mail(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    eventually(lambda: len(world.mails(client.email)) == 1)
    visitor = arrive(world, client, booked)
    choose(visitor)
    form = visitor.form("command_id")
    address = next(each.action for each in visitor.forms() if "command_id" in each.entries)
    url = world.stack.instance.url("client") + address
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: visitor.post(url, form.entries).status_code, range(20)))
    assert set(answers) == {200}
    assert world.types(booked) == ["AppointmentBooked", "AppointmentRescheduled"]
    eventually(lambda: len(world.mails(client.email)) == 2)
    second = world.next_client()
    world.book(second)
    eventually(lambda: len(world.mails(second.email)) == 1)
    assert len(world.mails(client.email)) == 2


def test_what_is_posted_besides_date_and_time_changes_nothing_else(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    visitor = arrive(world, client, booked)
    choose(visitor)
    form = visitor.form("command_id")
    visitor.submit(form, clinician_id=str(world.clinician("Tom Adeyemi")), appointment_type_id=str(new_id()))
    now = world.appointment(booked["id"])
    assert now["revision"] == 2
    for kept in ("clinician_id", "location_id", "appointment_type_id", "client_id"):
        assert now[kept] == booked[kept]


def test_a_change_by_the_clinic_meanwhile_is_shown_and_nothing_is_overwritten(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    visitor = arrive(world, client, booked)
    choose(visitor)
    form = visitor.form("command_id")
    moved = world.offered()[-1]
    body = {"command_id": str(new_id()), "revision": 1, "starts_at": moved, "overlap_accepted": False}
    world.call("appointments", "POST", f"/v1/appointments/{booked['id']}/reschedule", body)
    assert visitor.submit(form).status_code == 409
    assert world.appointment(booked["id"])["starts_at"] == moved


def test_cancelling_twice_says_so(world: World) -> None:
    client = world.next_client()
    booked = world.book(client)
    visitor, second = arrive(world, client, booked), arrive(world, client, booked)
    follow(second, "/cancel")
    form = second.form("command_id")
    cancel(visitor)
    assert second.submit(form).status_code == 409
    assert "already cancelled" in second.last.text
    assert world.types(booked) == ["AppointmentBooked", "AppointmentCancelled"]
