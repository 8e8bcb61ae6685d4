"""An address that keeps forging is not listened to, whatever it calls itself; nobody else notices."""

import pytest

from clinic.notifications.entrypoints.forged_requests import MOST, WINDOW_SECONDS, ForgedRequests


@pytest.mark.parametrize(
    ("addresses", "neighbour"),
    [
        (["203.0.113.7"], "203.0.113.8"),
        (["203.0.113.7", "::ffff:203.0.113.7"], "203.0.113.8"),
        ([f"2001:db8:1:2::{number:x}" for number in range(1, 200)], "2001:db8:1:3::1"),
        (["unix:", "unix:"], ""),
    ],
)
def test_who_forges_from_many_addresses_of_one_network_is_one(addresses: list[str], neighbour: str) -> None:
    forged = ForgedRequests()
    for number in range(MOST):
        assert not forged.too_many(addresses[number % len(addresses)], 0.0)
        forged.count(addresses[number % len(addresses)], 0.0)
    assert all(forged.too_many(address, 0.0) for address in addresses)
    assert not forged.too_many(neighbour, 0.0)
    assert not forged.too_many(addresses[0], float(WINDOW_SECONDS)), "the next minute begins anew"
