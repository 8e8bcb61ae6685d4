import pytest

from clinic.kernel.money import say_money


@pytest.mark.parametrize(
    ("pence", "currency", "said"),
    [
        (0, "GBP", "£0.00"),
        (4505, "GBP", "£45.05"),
        (104_500, "GBP", "£1,045.00"),
        (4500, "EUR", "€45.00"),
        (45_000, "SEK", "SEK 450.00"),
    ],
)
def test_an_amount_is_said_the_same_everywhere(pence: int, currency: str, said: str) -> None:
    assert say_money(pence, currency) == said
