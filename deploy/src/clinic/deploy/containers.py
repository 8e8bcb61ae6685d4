"""The product as containers: `python -m clinic.deploy.containers secrets | migrate | sample | run NAME`.

`secrets` makes every key once and writes, below CLINIC_SECRETS, one directory for each container with what that one may
know; each is a volume, and a container mounts only its own. `run` replaces itself with the process whose directory is
mounted.
"""

import json
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from clinic.deploy import databases, rabbitmq_node
from clinic.deploy.broker_definitions import definitions
from clinic.deploy.facts import tell
from clinic.deploy.instance import HTTP_PORTS, Instance, remembered_secrets
from clinic.deploy.migrate import migrate
from clinic.deploy.processes import processes
from clinic.deploy.sample import SamplePractice, SampleSize
from clinic.deploy.server_address import SUPERUSER, PostgresAddress
from clinic.deploy.topology import broker_topology
from clinic.infra.migrations import DATABASES
from clinic.infra.private_files import write_private
from clinic.infra.settings import SERVICES

HOSTS = {
    **{service: f"{service}-api" for service in SERVICES},
    "client": "portal-client",
    "staff": "portal-staff",
    "mailbox": "mailbox",
    "webhooks": "notifications-webhooks",
    "smtp": "mailbox",
    "amqp": "rabbitmq",
}
PUBLISHED = {"client": 8080, "staff": 8081, "mailbox": 8025}
SERVERS = ("postgres", "rabbitmq")
EVERYTHING = "everything"


def secrets_directory() -> Path:
    """Where the secrets lie in this container."""
    return Path(os.environ.get("CLINIC_SECRETS", "/run/clinic"))


def container_instance(root: Path) -> tuple[Instance, PostgresAddress]:
    """What all containers share, with every secret: only `secrets`, `migrate` and `sample` see it."""
    directory = root / EVERYTHING
    directory.mkdir(parents=True, exist_ok=True)
    ports = dict.fromkeys(HTTP_PORTS, 8000) | {"amqp": 5672, "smtp": 1025}
    public = {name: _public_url(name.upper(), port) for name, port in PUBLISHED.items()}
    instance = Instance(directory, ports, remembered_secrets(directory), HOSTS, public, "0.0.0.0")  # noqa: S104
    return instance, PostgresAddress("postgres", 5432, directory / "postgres.json")


def write_secrets(root: Path) -> None:
    """Writes each container's directory; said twice, nothing changes."""
    instance, postgres = container_instance(root)
    for process in processes(instance, postgres):
        environment = process.environment
        if process.name == "mailbox":
            environment["MAILBOX_DIRECTORY"] = "/var/lib/mailbox"
        if "ERASURE_RECEIPTS_DIRECTORY" in environment:
            environment["ERASURE_RECEIPTS_DIRECTORY"] = "/var/lib/receipts"
        if "SEALED_HEADS_DIRECTORY" in environment:
            environment["SEALED_HEADS_DIRECTORY"] = "/var/lib/heads"
        inherited = {"PATH", "LANG", "TMPDIR"}
        known = {
            "command": ["python", *process.command[1:]],
            "environment": {name: value for name, value in environment.items() if name not in inherited},
        }
        _write(root / process.name / "process.json", json.dumps(known, indent=1))
    _write(root / "postgres" / "password", postgres.password(SUPERUSER))
    known = definitions(instance.broker_passwords(), broker_topology())
    _write(root / "rabbitmq" / "definitions.json", json.dumps(known, indent=1))
    settings = rabbitmq_node.SETTINGS.format(definitions="/run/clinic/definitions.json")
    _write(root / "rabbitmq" / "20-clinic.conf", settings)
    for file in (root / "rabbitmq").iterdir():
        file.chmod(0o644)  # the broker's own account reads them, in a container where nobody else is


def container_names() -> list[str]:
    """Every container that knows something: the processes and the servers. No secret is left behind."""
    with TemporaryDirectory() as nowhere:
        return [process.name for process in processes(*container_instance(Path(nowhere)))] + list(SERVERS)


def prepare_databases(root: Path) -> None:
    """Roles, databases, migrations."""
    _, postgres = container_instance(root)
    databases.ensure_roles(postgres.url("postgres"), SERVICES, postgres.password)
    for database, (service, _) in DATABASES.items():
        databases.ensure_database(postgres.url("postgres"), database)
        migrate(database, postgres.url(database, f"{service}_owner"))


def make_sample(root: Path) -> None:
    """The sample practice, in the running product; prints who may log in and whom to try."""
    instance, postgres = container_instance(root)
    people = SamplePractice(instance, postgres, lambda line: print(line, flush=True)).people(SampleSize())
    places = {"client_portal": instance.public_url("client"), "staff": instance.public_url("staff")}
    for line in tell({**places, "mailbox": instance.public_url("mailbox"), "apis": {}, **people}):
        print(line, flush=True)


def run_process(root: Path, name: str) -> None:
    """Becomes the process; it knows what stands in its own directory and nothing else."""
    known = json.loads((root / "process.json").read_text(encoding="utf-8"))
    command: list[str] = known["command"]
    print(f"{name} starts", file=sys.stderr, flush=True)
    os.execvpe(command[0], command, {**os.environ, **known["environment"]})  # noqa: S606


def main(arguments: list[str]) -> int:
    """One of the four commands; 2 for anything else."""
    root = secrets_directory()
    match arguments:
        case ["secrets"]:
            write_secrets(root)
        case ["migrate"]:
            prepare_databases(root)
        case ["sample"]:
            make_sample(root)
        case ["run", name]:
            run_process(root, name)
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def _public_url(name: str, port: int) -> str:
    """The address for people: the one that is set, else the published port of this machine."""
    given = os.environ.get(f"{name}_PUBLIC_URL")
    return given or f"http://localhost:{os.environ.get(f'{name}_PORT') or port}"


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_private(file, text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
