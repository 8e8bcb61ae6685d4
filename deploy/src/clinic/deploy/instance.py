"""One running copy of the product in a directory (`.local`): its ports and its secrets, made once and kept."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from clinic.deploy.broker_definitions import ADMINISTRATOR
from clinic.deploy.ports import LOOPBACK, free_ports, is_free
from clinic.deploy.private_files import private_directory
from clinic.deploy.topology import PUBLISHERS
from clinic.infra.private_files import write_private
from clinic.infra.settings import SERVICES

SERVER_PORTS = ("postgres", "amqp", "amqp_distribution", "epmd", "amqp_management")
HTTP_PORTS = (*SERVICES, "client", "staff", "mailbox", "webhooks")
PORTS = (*SERVER_PORTS, *HTTP_PORTS, "smtp")

PRIVATE = ("held", "log", "mailbox", "run", "sample")
"""The directories of what holds links, log-ins or personal data: no other account of the machine looks into them."""

CALLS: dict[str, tuple[str, ...]] = {
    "portal": ("identity", "appointments", "availability", "notifications"),
    "appointments": ("availability", "identity"),
    "availability": ("appointments",),
    "notifications": ("identity", "appointments", "availability"),
    "identity": ("appointments",),
}
"""Who calls whom over HTTP (commands, queries or feeds): one key for each pair, nobody else is let in."""


@dataclass(frozen=True, slots=True)
class Instance:
    """The directory, the ports by name, and the secrets by name. `directory` is absolute.

    On one machine everything listens on and is reached at 127.0.0.1; containers have `hosts` of their own, listen on
    all addresses, and people reach the pages at `public` ones.
    """

    directory: Path
    ports: dict[str, int]
    secrets: dict[str, str] = field(repr=False)
    hosts: Mapping[str, str] = field(default_factory=dict)
    public: Mapping[str, str] = field(default_factory=dict)
    listen: str = LOOPBACK

    def host(self, name: str) -> str:
        """Where the others reach a process."""
        return self.hosts.get(name, LOOPBACK)

    def url(self, name: str) -> str:
        """The base address of an HTTP process for the others, without a trailing slash."""
        return f"http://{self.host(name)}:{self.ports[name]}"

    def public_url(self, name: str) -> str:
        """The base address of pages for people, without a trailing slash."""
        return self.public.get(name, self.url(name))

    def service_keys(self, caller: str) -> dict[str, str]:
        """The keys with which a process calls others: callee → key."""
        return {callee: self.secrets[f"pair {caller} {callee}"] for callee in CALLS.get(caller, ())}

    def accepted_keys(self, callee: str) -> dict[str, str]:
        """What a service needs to recognise its callers: caller → SHA-256 of the pair's key in hex."""
        return {
            caller: hashlib.sha256(self.secrets[f"pair {caller} {callee}"].encode()).hexdigest()
            for caller, callees in CALLS.items()
            if callee in callees
        }

    def token_public_keys(self) -> dict[str, str]:
        """Identity's public keys for tokens: kid → base64 of the raw Ed25519 key."""
        kid, _, private = self.secrets["token signing key"].partition(":")
        key = Ed25519PrivateKey.from_private_bytes(base64.b64decode(private)).public_key()
        return {kid: base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()}

    def broker_passwords(self) -> dict[str, str]:
        """The AMQP users, one for each service and the administrator."""
        return {user: self.secrets[f"amqp {user}"] for user in (ADMINISTRATOR, *SERVICES)}


def open_instance(directory: Path) -> Instance:
    """The instance of a directory. Ports that somebody else took since the last start are replaced by free ones.

    Call it only while the instance does not run: its own servers would look like somebody else's.
    """
    directory = directory.resolve()
    directory.mkdir(parents=True, exist_ok=True)
    directory.chmod(0o711)  # PostgreSQL's own account goes through it to its data
    for name in PRIVATE:
        private_directory(directory / name)
    ports = _remembered(directory / "ports.json")
    kept = {name: port for name in PORTS if (port := ports.get(name)) and is_free(int(port))}
    missing = [name for name in PORTS if name not in kept]
    chosen = {name: int(port) for name, port in kept.items()}
    chosen |= dict(zip(missing, free_ports(len(missing), but=chosen.values()), strict=True))
    _remember(directory / "ports.json", {name: str(port) for name, port in chosen.items()})
    return Instance(directory, chosen, remembered_secrets(directory))


def remembered_secrets(directory: Path) -> dict[str, str]:
    """The secrets of a directory; what is missing is made now."""
    complete = _new_secrets() | _remembered(directory / "secrets.json")
    _remember(directory / "secrets.json", complete)
    return complete


def _new_secrets() -> dict[str, str]:
    pairs = {f"pair {caller} {callee}": _word() for caller, callees in CALLS.items() for callee in callees}
    users = {f"amqp {user}": _word() for user in (ADMINISTRATOR, *SERVICES)}
    sealers = {f"ledger signing key {service}": _private_key() for service in PUBLISHERS}
    return {
        "token signing key": f"{secrets.token_hex(4)}:{_private_key()}",
        "portal client": _word(),
        "portal staff": _word(),
        "cookie suffix": secrets.token_hex(3),
        "demo password": f"harbour-{secrets.token_hex(4)}",
        **pairs,
        **users,
        **sealers,
    }


def _private_key() -> str:
    """The base64 of a raw Ed25519 private key."""
    key = Ed25519PrivateKey.generate().private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return base64.b64encode(key).decode()


def _word() -> str:
    return secrets.token_urlsafe(32)


def _remembered(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    found: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _remember(file: Path, values: dict[str, str]) -> None:
    write_private(file, json.dumps(values, indent=1))
