"""What happened to a client's record as a whole: erased, held back from erasure, handed out (F52)."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ClientErased:
    """The client's key is destroyed and the record is blank: everything sealed to `key_id` is gone for good.

    The receipt of an erasure: whoever keeps something about the client blanks it when this arrives, and again when it
    arrives again, as it does after an older backup was put back.
    """

    client_id: UUID
    key_id: UUID


@dataclass(frozen=True, slots=True)
class LegalHoldPlaced:
    """The client's record must not be erased until the hold is lifted; the reason is kept by identity."""

    client_id: UUID


@dataclass(frozen=True, slots=True)
class LegalHoldLifted:
    """The client's record may be erased again."""

    client_id: UUID


@dataclass(frozen=True, slots=True)
class ClientRecordExported:
    """All that is held about a client was handed out (subject access); who asked for it is in the envelope."""

    client_id: UUID
    message_event_ids: tuple[UUID, ...] = ()
