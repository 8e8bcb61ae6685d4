"""Names and arguments of exchanges and queues on the broker (architecture.md section 5).

Every argument is explicit, so that no broker version's default decides. Names fit the rights that a service's broker
user has: it declares its own exchange and its own queues, and binds them to others' exchanges.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

EXCHANGE_TYPE = "topic"
EXCHANGE_DURABLE = True
EXCHANGE_AUTO_DELETE = False
QUEUE_DURABLE = True
QUEUE_EXCLUSIVE = False
QUEUE_AUTO_DELETE = False
BINDING = "#"
QUEUE_MAX_LENGTH = 100_000
PERSISTENT = 2


@dataclass(frozen=True, slots=True)
class SubscriptionQueue:
    """The queue in which `consumer` (a service) finds the events of `source` (a service)."""

    consumer: str
    source: str
    arguments: dict[str, Any] = field(
        default_factory=lambda: {
            "x-queue-type": "quorum",
            "x-single-active-consumer": True,
            "x-max-length": QUEUE_MAX_LENGTH,
            "x-overflow": "drop-head",
        }
    )

    @property
    def name(self) -> str:
        """For example `notifications.appointments.events`."""
        return f"{self.consumer}.{self.source}.events"

    @property
    def exchange(self) -> str:
        """The source's exchange."""
        return exchange_name(self.source)


def exchange_name(service: str) -> str:
    """The exchange of a publishing service, for example `appointments.events`."""
    return f"{service}.events"


def routing_key(practice_id: UUID, event_type: str) -> str:
    """`<practice>.<type>`: for people who watch; our own queues are bound with `#`."""
    return f"{practice_id}.{event_type}"
