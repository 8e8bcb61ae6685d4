"""What is sealed to a client's key opens with that key and in that event only."""

import base64
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from clinic.infra.sealing import CannotUnseal, seal, unseal
from clinic.kernel.ids import new_id

KEY = X25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()


@given(st.text(max_size=1000))
def test_what_was_sealed_opens_with_the_private_key(text: str) -> None:
    event = new_id()
    assert unseal(seal(text, new_id(), PUBLIC, event), KEY.private_bytes_raw(), event) == text


def test_a_public_key_without_padding_is_the_same_key() -> None:
    event = new_id()
    assert unseal(seal("back pain", new_id(), PUBLIC.rstrip("="), event), KEY.private_bytes_raw(), event) == "back pain"


def test_another_key_opens_nothing() -> None:
    event = new_id()
    with pytest.raises(CannotUnseal):
        unseal(seal("back pain", new_id(), PUBLIC, event), X25519PrivateKey.generate().private_bytes_raw(), event)


def test_a_sealed_text_cannot_move_to_another_event() -> None:
    with pytest.raises(CannotUnseal):
        unseal(seal("back pain", new_id(), PUBLIC, new_id()), KEY.private_bytes_raw(), new_id())


@pytest.mark.parametrize("member", ["ephemeral_public_key", "nonce", "ciphertext"])
@pytest.mark.parametrize("wrong", ["", "!!!", "A" * 43])
def test_an_altered_text_opens_nothing(member: str, wrong: str) -> None:
    event = new_id()
    with pytest.raises(CannotUnseal):
        unseal(replace(seal("back pain", new_id(), PUBLIC, event), **{member: wrong}), KEY.private_bytes_raw(), event)


def test_the_text_is_not_in_what_is_sealed() -> None:
    sealed = seal("back pain", new_id(), PUBLIC, new_id())
    assert "back pain" not in repr(sealed)
    assert seal("back pain", sealed.key_id, PUBLIC, new_id()).ciphertext != sealed.ciphertext
