"""Identity over HTTP: the public keys of clients, kept for some minutes because they never change."""

import threading
import time
from uuid import UUID

from clinic.contracts.appointments import Sealed
from clinic.infra.sealing import seal
from clinic.infra.service_client import ServiceClient
from clinic.kernel.errors import Refused, Unavailable

KEPT_SECONDS = 300.0
MAX_KEPT = 2_000


class HttpIdentity:
    """The `Identity` port."""

    def __init__(self, client: ServiceClient) -> None:
        self._client = client
        self._kept: dict[tuple[UUID, UUID], tuple[float, UUID, str]] = {}
        self._lock = threading.Lock()

    def seal(self, practice_id: UUID, client_id: UUID, text: str, event_id: UUID) -> Sealed:
        """The text, sealed to the client's key for this event. `Unavailable` while identity does not answer."""
        key_id, public_key = self._key(practice_id, client_id)
        return seal(text, key_id, public_key, event_id)

    def require_client(self, practice_id: UUID, client_id: UUID) -> None:
        """Refused as `invalid` when the practice has no such client."""
        try:
            self._key(practice_id, client_id)
        except Refused:
            raise Refused("invalid", errors={"client_id": ["unknown_client"]}) from None

    def _key(self, practice_id: UUID, client_id: UUID) -> tuple[UUID, str]:
        now = time.monotonic()
        with self._lock:
            kept = self._kept.get((practice_id, client_id))
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return kept[1], kept[2]
        try:
            answer = self._client.get(f"/v1/clients/{client_id}/public-key", practice=str(practice_id), timeout=1.0)
        except Refused as refusal:
            if refusal.code == "not_found":
                raise
            raise Unavailable(f"identity refused: {refusal.code}") from refusal
        except Unavailable as error:
            raise Unavailable("identity does not answer") from error
        key_id, public_key = UUID(answer["key_id"]), str(answer["public_key"])
        with self._lock:
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[practice_id, client_id] = (now, key_id, public_key)
        return key_id, public_key
