"""What every process reads from its environment, once, in its bootstrap (twelve-factor; `environs`)."""

import json
from dataclasses import dataclass

from environs import Env


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """The settings that all processes share. Addresses have no trailing slash; keys are secrets, never logged.

    `service_keys` are the keys with which this process calls others (callee → key); `accepted_keys` the SHA-256 of the
    keys with which others may call it (caller → hex); `token_public_keys` identity's Ed25519 keys (kid → base64 raw).
    """

    service: str
    database_url: str
    amqp_url: str
    urls: dict[str, str]
    service_keys: dict[str, str]
    accepted_keys: dict[str, str]
    token_public_keys: dict[str, str]
    is_test: bool


SERVICES = ("identity", "appointments", "availability", "notifications")


def read_settings(service: str) -> ServiceSettings:
    """The settings of a process of `service`; what is missing is named in an environs.EnvError."""
    env = Env()
    return ServiceSettings(
        service=service,
        database_url=env.str("DATABASE_URL", ""),
        amqp_url=env.str("AMQP_URL", ""),
        urls={name: env.str(f"{name.upper()}_URL", "").rstrip("/") for name in SERVICES},
        service_keys=json.loads(env.str("SERVICE_KEYS", "{}")),
        accepted_keys=json.loads(env.str("ACCEPTED_KEYS", "{}")),
        token_public_keys=json.loads(env.str("TOKEN_PUBLIC_KEYS", "{}")),
        is_test=env.bool("CLINIC_TEST", False),
    )
