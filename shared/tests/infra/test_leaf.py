"""The leaf of one event never changes: what was sealed once must give the same bytes in ten years."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from clinic.infra.proof.leaf import FORMAT, hash_of_leaf, instant_text, leaf_of_row
from clinic.kernel.canonical import canonical_json

EVENT = {
    "practice_id": UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    "position": 7,
    "event_id": UUID("01890a5d-ac96-774b-bcce-b302099a8001"),
    "previous_event_id": UUID("01890a5d-ac96-774b-bcce-b302099a8000"),
    "stream_id": "appointment-01890a5d-ac96-774b-bcce-b302099a80aa",
    "stream_version": 2,
    "type": "PaymentRecorded",
    "schema_version": 1,
    "occurred_at": datetime(2027, 3, 1, 10, 0, tzinfo=UTC),
    "recorded_at": datetime(2027, 3, 1, 10, 0, 0, 120300, tzinfo=UTC),
    "actor_kind": "staff",
    "actor_id": UUID("01890a5d-ac96-774b-bcce-b302099a80bb"),
    "command_id": UUID("01890a5d-ac96-774b-bcce-b302099a80cc"),
    "correlation_id": UUID("01890a5d-ac96-774b-bcce-b302099a80cc"),
    "causation_id": None,
    "traceparent": None,
    "data": '{"amount_pence":4500,"note":"caf\u00e9 \\"at\\" 5\\u20ac"}',
}
TEXT = (
    '{"actor":{"id":"01890a5d-ac96-774b-bcce-b302099a80bb","kind":"staff"},"causation_id":null,'
    '"command_id":"01890a5d-ac96-774b-bcce-b302099a80cc","correlation_id":"01890a5d-ac96-774b-bcce-b302099a80cc",'
    r'"data":"{\"amount_pence\":4500,\"note\":\"café \\\"at\\\" 5\\u20ac\"}",'
    '"event_id":"01890a5d-ac96-774b-bcce-b302099a8001","occurred_at":"2027-03-01T10:00:00Z","position":7,'
    '"practice_id":"01890a5d-ac96-774b-bcce-b302099a8057",'
    '"previous_event_id":"01890a5d-ac96-774b-bcce-b302099a8000","recorded_at":"2027-03-01T10:00:00.1203Z",'
    '"schema_version":1,"stream_id":"appointment-01890a5d-ac96-774b-bcce-b302099a80aa","stream_version":2,'
    '"traceparent":null,"type":"PaymentRecorded"}'
)
HASH = "634618cf36ea38d1acf6b53ac8848aa3762f70fa5d102314caa9239882b1c99d"


def test_the_leaf_of_an_event_is_this_text_and_this_hash() -> None:
    assert FORMAT == "clinic sealed ledger v1"
    assert canonical_json(leaf_of_row(EVENT)) == TEXT
    assert hash_of_leaf(leaf_of_row(EVENT)).hex() == HASH


@pytest.mark.parametrize(
    ("micro", "said"),
    [(0, "10:00:00Z"), (1, "10:00:00.000001Z"), (500_000, "10:00:00.5Z"), (100, "10:00:00.0001Z")],
)
def test_fractions_have_no_zeros_at_their_end(micro: int, said: str) -> None:
    assert instant_text(datetime(2027, 3, 1, 10, 0, 0, micro, tzinfo=UTC)) == f"2027-03-01T{said}"


def test_a_fraction_in_a_leaf_is_refused() -> None:
    with pytest.raises(TypeError):
        hash_of_leaf(leaf_of_row({**EVENT, "position": 7.0}))
