"""How many messages a practice may hand to providers in one local day (promises.md, "SMS pumping"; ADR 22)."""

from dataclasses import dataclass
from datetime import timedelta

from clinic.notifications.domain.delivery import NotYet
from clinic.notifications.domain.messages import Channel

_WORDS = {"email": "e-mails", "sms": "text messages"}


@dataclass(frozen=True, slots=True)
class Budgets:
    """Per practice and local day; every kind counts, reminders too."""

    email: int = 5000
    sms: int = 1000

    def of(self, channel: Channel) -> int:
        """The budget of a channel."""
        return self.email if channel == "email" else self.sms


class OverBudget(NotYet):
    """Today's budget is used up; `wait` is how long the practice's day still lasts."""

    def __init__(self, channel: Channel, budget: int, wait: timedelta) -> None:
        super().__init__(f"the practice's daily budget of {budget:,} {_WORDS[channel]} is used up")
        self.wait = wait
