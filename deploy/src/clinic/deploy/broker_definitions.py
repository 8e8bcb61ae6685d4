"""What the broker must know, in RabbitMQ's export format: users with the least rights, exchanges, queues, bindings."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from typing import Any

ADMINISTRATOR = "operator"
NOTHING = "^$"


def definitions(passwords: Mapping[str, str], topology: dict[str, Any] | None = None) -> dict[str, Any]:
    """The definitions for the users in `passwords` (a service's name, or ADMINISTRATOR).

    A service may publish to its own exchange, read and bind its own queues, and declare both; nothing else.
    """
    return {
        "users": [_user(name, password) for name, password in passwords.items()],
        "vhosts": [{"name": "/"}],
        "permissions": [{"user": name, "vhost": "/", **permission(name)} for name in passwords],
        **(topology or {"exchanges": [], "queues": [], "bindings": []}),
    }


def permission(user: str) -> dict[str, str]:
    """The user's rights as RabbitMQ's three expressions.

    `write` on an own queue and `read` on an exchange are what binding needs; publishing needs `write` on an exchange,
    which a service has for its own alone (not for the default one, `amq.default`).
    """
    if user == ADMINISTRATOR:
        return {"configure": ".*", "write": ".*", "read": ".*"}
    mine = rf"^{user}\.([a-z]+\.)?events$"
    return {"configure": mine, "write": mine, "read": rf"^({user}\.[a-z]+|[a-z]+)\.events$"}


def _user(name: str, password: str) -> dict[str, Any]:
    salt = secrets.token_bytes(4)
    digest = base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()
    return {
        "name": name,
        "password_hash": digest,
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": ["administrator"] if name == ADMINISTRATOR else [],
    }
