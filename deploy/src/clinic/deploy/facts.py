"""What a person or a program needs to use a running stack: `demo.json`, `env`, and a few lines for the terminal."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

from clinic.deploy.broker_definitions import ADMINISTRATOR
from clinic.deploy.processes import amqp_url, operator_environment
from clinic.deploy.sample import SamplePractice, SampleSize
from clinic.deploy.stack import Stack
from clinic.infra.private_files import write_private
from clinic.infra.settings import SERVICES


def prepare_sample(stack: Stack, size: SampleSize | None = None) -> dict[str, Any]:
    """Makes the sample practice where it is missing and writes `demo.json` and `env`; the facts."""
    people = SamplePractice(stack.instance, stack.postgres, stack.say).people(size or SampleSize())
    return write_facts(stack, people)


def write_facts(stack: Stack, people: dict[str, Any]) -> dict[str, Any]:
    """Writes `demo.json` and `env`, readable by their owner only; the facts.

    `databases` are the addresses of the operators' role, `database_roles` those of every role.
    """
    instance = stack.instance
    roles = stack.database_roles()
    facts = {
        "client_portal": instance.public_url("client"),
        "staff": instance.public_url("staff"),
        "mailbox": instance.public_url("mailbox"),
        "apis": {service: instance.url(service) for service in SERVICES},
        "amqp": amqp_url(instance, ADMINISTRATOR),
        "amqp_management": stack.rabbitmq.management_url,
        "amqp_data": str(stack.rabbitmq.data_directory),
        "databases": {database: addresses["ops"] for database, addresses in roles.items()},
        "database_roles": roles,
        **people,
    }
    write_private(instance.directory / "demo.json", json.dumps(facts, indent=2) + "\n")
    exports = operator_environment(instance, stack.postgres)
    lines = (f"export {name}={shlex.quote(value)}\n" for name, value in exports.items())
    write_private(instance.directory / "env", "".join(lines))
    return facts


def tell(facts: dict[str, Any]) -> Iterator[str]:
    """The lines that `make demo` prints."""
    yield ""
    yield f"Client portal   {facts['client_portal']}   (each link in the mailbox opens it)"
    for slug in dict.fromkeys(login["practice"] for login in facts["logins"]):
        yield f"Staff pages     {facts['staff']}/p/{slug}"
    yield f"Mailbox         {facts['mailbox']}"
    for service, url in facts["apis"].items():
        yield f"API             {url}/openapi.json   {service}"
    yield ""
    yield "Staff log-ins (practice, e-mail, password)"
    for login in facts["logins"]:
        yield f"  {login['practice']}   {login['email']:<32} {login['password']}   {login['role']}, {login['name']}"
    yield ""
    yield "Clients to try: open the mailbox, follow the link, give these facts"
    yield from map(_client, facts["sample_clients"])
    shared = (("twins", "Twins with the same facts"), ("family", "A mother and her children on one address"))
    for group, said in ((facts[key], said) for key, said in shared if facts.get(key)):
        yield ""
        yield f"{said}: ask for a link at {facts['client_portal']}/p/{group[0]['practice']} with {group[0]['contact']}"
        yield from map(_client, group)


def _client(client: dict[str, str]) -> str:
    name = f"{client['first_name']} {client['last_name']}"
    return f"  {name:<24} born {client['date_of_birth']}   postcode {client['postcode']:<10} {client['contact']}"
