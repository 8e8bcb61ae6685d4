"""Seals what a service's database has, as the sealer's role, with a key of the test's own."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from clinic.deploy.servers_for_tests import ServiceDatabase
from clinic.infra.database import Database
from clinic.infra.proof.heads import Signer
from clinic.infra.proof.heads_files import HeadsFiles
from clinic.infra.proof.sealer import Sealer


def seal_once(rows: ServiceDatabase, service: str, directory: Path) -> str:
    """Seals every practice up to its head; the id of the key that signed. `directory` gets the heads' files."""
    signer = Signer(base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode())
    files = HeadsFiles(directory, service, signer)
    database = Database(rows.url("sealer"), size=1, name="test-sealer")
    try:
        assert Sealer(service, database, signer, files).seal() > 0
    finally:
        database.close()
        files.close()
    return signer.key_id
