"""The API of notifications over a real database, and what the portal sends with a call."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient

from clinic.infra.database import Database
from clinic.infra.settings import ServiceSettings
from clinic.notifications.adapters.postgres_desk import PostgresDesk
from clinic.notifications.bootstrap import Api
from clinic.notifications.entrypoints.api import create_app_with

KEY = Ed25519PrivateKey.generate()
Headers = dict[str, str]


def token(practice_id: UUID, user_id: UUID, role: str = "receptionist", kind: str = "staff") -> Headers:
    """What the portal sends for a signed-in person."""
    claims = {
        "exp": int(time.time()) + 60, "aud": "notifications", "kind": kind, "practice": str(practice_id),
        "user" if kind == "staff" else "client": str(user_id), "role": role,
    }  # fmt: skip
    return {"Authorization": f"Bearer {jwt.encode(claims, KEY, algorithm='EdDSA', headers={'kid': 'k1'})}"}


@contextmanager
def running_api(database_url: str, directory: Any) -> Iterator[FlaskClient]:
    """The API as the role of the address, which believes `token`."""
    public = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
    settings = ServiceSettings("notifications", database_url, "", {}, {}, {}, {"k1": public}, True)
    database = Database(settings.database_url)
    try:
        yield create_app_with(Api(settings, database, PostgresDesk(database), directory)).test_client()
    finally:
        database.close()
