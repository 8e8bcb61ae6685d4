"""docker-compose.yml brings the whole product up, and people can work with it (ADR 0026)."""

import re
from typing import Any

import pytest
from composed import FACES, Composed
from steps import change, confirm
from visitor import Visitor
from world import SLUG, eventually

from clinic.deploy.broker_definitions import ADMINISTRATOR
from clinic.deploy.containers import container_names
from clinic.deploy.topology import SUBSCRIPTIONS
from clinic.infra.settings import SERVICES

pytestmark = pytest.mark.timeout(1500)  # the first of them builds the image


@pytest.fixture(scope="session")
def people(product: Composed) -> dict[str, Any]:
    """Who may log in, and whom to try."""
    return product.sample()


def open_link(product: Composed, client: dict[str, Any]) -> Visitor:
    """The client follows the link of the newest mail and gives the facts; they see their appointment."""
    (mail,) = eventually(lambda: product.mails(client["contact"])[:1])
    address = re.search(r"http://\S+/p/\S+/a/\S+", mail["text"])
    assert address
    assert address[0].startswith(product.url("client"))
    visitor = Visitor(product.url("client"))
    visitor.open(address[0])
    year, month, day = client["date_of_birth"].split("-")
    confirm(visitor, day=str(int(day)), month=str(int(month)), year=year, postcode=client["postcode"])
    assert "Your appointment" in visitor.last.text, visitor.last.text[:2000]
    return visitor


def sign_in(product: Composed, login: dict[str, str]) -> Visitor:
    """A member of staff signs in and sees the diary of today."""
    visitor = Visitor(product.url("staff"))
    visitor.open(f"/p/{SLUG}")
    visitor.submit(visitor.form("email", "password"), email=login["email"], password=login["password"])
    assert "Diary, today" in visitor.last.text
    return visitor


def test_every_process_runs_healthy_and_was_never_restarted(product: Composed) -> None:
    assert set(product.containers()) == {*container_names(), "secrets", "migrate"}
    assert product.waiting_for() == {}


def test_only_the_pages_are_published_and_on_loopback_only(product: Composed) -> None:
    bindings = {
        (each["HostIp"], int(each["HostPort"]))
        for container in product.containers().values()
        for ports in container["HostConfig"]["PortBindings"].values()
        for each in ports
    }
    assert bindings == {("127.0.0.1", product.ports[face]) for face in FACES}


@pytest.mark.parametrize("name", container_names())
def test_a_container_sees_its_own_secrets_and_cannot_change_them(product: Composed, name: str) -> None:
    known = {"postgres": ["password"], "rabbitmq": ["20-clinic.conf", "definitions.json"]}.get(name, ["process.json"])
    found = product.inside(name, "find", "/run/clinic", "-type", "f").split()
    assert sorted(found) == [f"/run/clinic/{file}" for file in known]
    mounts = [each for each in product.containers()[name]["Mounts"] if each["Destination"] == "/run/clinic"]
    assert [(each["Name"], each["RW"]) for each in mounts] == [(f"{product.name}_knows-{name}", False)]


def test_the_broker_has_the_products_users_and_a_consumer_for_every_queue(product: Composed) -> None:
    control = ("rabbitmqctl", "--quiet", "--no-table-headers")
    users = {line.split()[0] for line in product.inside("rabbitmq", *control, "list_users").splitlines()}
    assert users == {ADMINISTRATOR, *SERVICES}
    wanted = {queue.name: "1" for queue in SUBSCRIPTIONS}
    asked = (*control, "list_queues", "name", "consumers")
    eventually(
        lambda: dict(line.split() for line in product.inside("rabbitmq", *asked).splitlines()) == wanted, seconds=60
    )


def test_a_change_by_the_link_of_a_mail_is_told_by_mail_and_seen_by_staff(
    product: Composed, people: dict[str, Any]
) -> None:
    client = people["sample_clients"][0]
    before = len(product.mails(client["contact"]))
    chosen = change(open_link(product, client), message="By the side door, please.")
    eventually(lambda: len(product.mails(client["contact"])) == before + 1, seconds=30)
    olga = sign_in(product, people["logins"][0])
    olga.open(f"/p/{SLUG}/appointments/{client['appointment_id']}")
    assert chosen[:10] in olga.last.text or _said(chosen) in olga.last.text


def test_nobody_sees_an_appointment_without_signing_in(product: Composed, people: dict[str, Any]) -> None:
    charlie = Visitor(product.url("staff"))
    charlie.open(f"/p/{SLUG}/appointments/{people['sample_clients'][0]['appointment_id']}")
    assert people["sample_clients"][0]["last_name"] not in charlie.last.text
    assert {"email", "password"} <= set(charlie.form("email", "password").entries)


def test_everything_is_kept_when_the_containers_are_removed_and_made_again(
    product: Composed, people: dict[str, Any]
) -> None:
    client = people["sample_clients"][1]
    mails = product.mails(client["contact"])
    product.down()
    assert product.containers() == {}
    product.up()
    eventually(lambda: not product.waiting_for(), seconds=120)
    assert product.mails(client["contact"]) == mails
    open_link(product, client)
    sign_in(product, people["logins"][0])


def _said(moment: str) -> str:
    """The day as the staff pages write it, without the weekday: `2026-12-02T…` is `2 December 2026`."""
    months = "January February March April May June July August September October November December".split()
    year, month, day = moment[:10].split("-")
    return f"{int(day)} {months[int(month) - 1]} {year}"
