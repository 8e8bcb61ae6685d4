"""The development mailbox: what it catches, keeps and shows."""

import smtplib
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import requests

ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"


def send(mailbox: Any, to: str = "pat@example.com") -> None:
    """A mail like ours."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Clinic <clinic@portal.example>", to, "Your appointment"
    mail.set_content("Hello <b>Pat</b>,\n\nManage Appointment:\nhttp://127.0.0.1:1/p/x/a/t?a=1&b=2\n\n.dot\n")
    mail.add_alternative("<p>Hello <script>alert(1)</script></p>", subtype="html")
    mail.add_attachment(ICS, subtype="calendar", filename="appointment.ics", params={"method": "REQUEST"})
    with smtplib.SMTP("127.0.0.1", mailbox.smtp_port, timeout=5) as server:
        server.send_message(mail)


def test_a_mail_is_caught_whole_and_still_there_after_a_restart(mailbox: Callable[[], Any]) -> None:
    first = mailbox()
    send(first)
    assert first.running.ends() == 0
    again = mailbox()
    (caught,) = again.messages()
    assert (caught["channel"], caught["to"], caught["subject"]) == ("email", "pat@example.com", "Your appointment")
    assert caught["from"] == "Clinic <clinic@portal.example>"
    assert ".dot" in caught["text"]
    assert "Hello" in caught["html"]
    (attachment,) = caught["attachments"]
    assert attachment["name"] == "appointment.ics"
    assert "text/calendar" in attachment["content_type"]
    assert 'method="REQUEST"' in attachment["content_type"]
    assert attachment["text"].replace("\r\n", "\n") == ICS.replace("\r\n", "\n")


def test_a_text_message_is_caught_and_filters_work(mailbox: Callable[[], Any]) -> None:
    box = mailbox()
    send(box)
    answer = requests.post(f"{box.url}/sms", json={"to": "+447700900123", "from": "Clinic", "text": "Hi"}, timeout=5)
    assert answer.status_code == 202
    assert requests.post(f"{box.url}/sms", json={"to": 1}, timeout=5).status_code == 422
    assert [one["channel"] for one in box.messages()] == ["sms", "email"]
    assert [one["text"] for one in box.messages("?to=%2B447700900123")] == ["Hi"]
    assert [one["to"] for one in box.messages("?channel=email")] == ["pat@example.com"]
    assert requests.delete(f"{box.url}/messages", timeout=5).status_code == 204
    assert box.messages() == []


def test_the_pages_show_a_message_without_running_it(mailbox: Callable[[], Any]) -> None:
    box = mailbox()
    send(box)
    (caught,) = box.messages()
    listed = requests.get(f"{box.url}/", timeout=5).text
    assert f'href="/view/{caught["id"]}"' in listed
    page = requests.get(f"{box.url}/view/{caught['id']}", timeout=5).text
    assert '<a href="http://127.0.0.1:1/p/x/a/t?a=1&amp;b=2">' in page
    assert "Hello &lt;b&gt;Pat" in page
    assert "sandbox=" in page
    html = requests.get(f"{box.url}/view/{caught['id']}/html", timeout=5)
    assert html.headers["Content-Security-Policy"].startswith("sandbox")
    file = requests.get(f"{box.url}/view/{caught['id']}/attachments/0", timeout=5)
    assert "appointment.ics" in file.headers["Content-Disposition"]
    assert file.headers["Content-Type"].startswith("text/calendar")
    assert requests.get(f"{box.url}/view/unknown", timeout=5).status_code == 404
    assert requests.get(f"{box.url}/view/{caught['id']}/attachments/7", timeout=5).status_code == 404
