"""A practice with Dr Bo and Pat: a real database at a fixed time, and appointments' ledger as a small HTTP feed."""

import base64
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import jwt
import pytest
from appointments_feed import NOW, Ledger, played_ledger
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from harbour_practice import DIRECTORY, Practice

from clinic.availability.entrypoints.api import create_app
from clinic.availability.entrypoints.import_practice import importer
from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra.importing import ImportContext, ImportReport
from clinic.kernel.practice_directory import PracticeDirectory


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """The feed, over HTTP."""
    with played_ledger() as feed:
        yield feed


@pytest.fixture
def practice(
    service_database: Callable[[str], ServiceDatabase], ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Practice]:
    """Harbour Physio, imported, on Monday 30 November 2026 at 8:00."""
    database = service_database("availability")
    database.shift_clock(f"{(NOW - datetime.now(UTC)).total_seconds()} seconds")
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    digest = hashlib.sha256(b"a-key").hexdigest()
    for name, value in {
        "DATABASE_URL": database.url("api"),
        "AVAILABILITY_OPS_DATABASE_URL": database.url("ops"),
        "APPOINTMENTS_URL": ledger.url,
        "SERVICE_KEYS": json.dumps({"appointments": "another-key"}),
        "ACCEPTED_KEYS": json.dumps({"appointments": digest, "notifications": digest}),
        "TOKEN_PUBLIC_KEYS": json.dumps({"k1": public}),
    }.items():
        monkeypatch.setenv(name, value)
    users = {"bo": ledger.clinician_id, "cy": uuid4(), "olga": uuid4()}

    def run_import(directory: PracticeDirectory = DIRECTORY, context: ImportContext | None = None) -> ImportReport:
        given = context or ImportContext(ledger.practice_id, {("user", ref): id_ for ref, id_ in users.items()})
        return importer(directory, given)

    def sign(claims: dict[str, Any]) -> str:
        times = {"exp": int(time.time()) + 60, "aud": "availability", "session": str(uuid4())}
        return jwt.encode({**claims, **times}, key, algorithm="EdDSA", headers={"kid": "k1"})

    context = ImportContext(ledger.practice_id, {("user", ref): id_ for ref, id_ in users.items()})
    assert run_import(DIRECTORY, context).unchanged == 0
    app = create_app()
    yield Practice(
        id=ledger.practice_id,
        bo=users["bo"],
        cy=users["cy"],
        olga=users["olga"],
        location=context.ids["location", "quay"],
        type=context.ids["type", "first"],
        ledger=ledger,
        http=app.test_client(),
        database=database,
        sign=sign,
        run_import=run_import,
    )
    app.extensions["availability"].database.close()
