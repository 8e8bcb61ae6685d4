"""Exchanges, queues and bindings of the product as RabbitMQ definitions; names and arguments are `infra.topology`'s."""

from typing import Any

from clinic.infra.topology import (
    BINDING,
    EXCHANGE_AUTO_DELETE,
    EXCHANGE_DURABLE,
    EXCHANGE_TYPE,
    QUEUE_AUTO_DELETE,
    QUEUE_DURABLE,
    SubscriptionQueue,
    exchange_name,
)

PUBLISHERS = ("identity", "appointments", "availability")
SUBSCRIPTIONS = (
    SubscriptionQueue("identity", "appointments"),
    SubscriptionQueue("availability", "appointments"),
    SubscriptionQueue("notifications", "appointments"),
    SubscriptionQueue("notifications", "identity"),
)


def broker_topology() -> dict[str, Any]:
    """What a broker of the product has before anybody connects."""
    return {
        "exchanges": [
            {
                "name": exchange_name(service),
                "vhost": "/",
                "type": EXCHANGE_TYPE,
                "durable": EXCHANGE_DURABLE,
                "auto_delete": EXCHANGE_AUTO_DELETE,
                "internal": False,
                "arguments": {},
            }
            for service in PUBLISHERS
        ],
        "queues": [
            {
                "name": queue.name,
                "vhost": "/",
                "durable": QUEUE_DURABLE,
                "auto_delete": QUEUE_AUTO_DELETE,
                "arguments": queue.arguments,
            }
            for queue in SUBSCRIPTIONS
        ],
        "bindings": [
            {
                "source": queue.exchange,
                "vhost": "/",
                "destination": queue.name,
                "destination_type": "queue",
                "routing_key": BINDING,
                "arguments": {},
            }
            for queue in SUBSCRIPTIONS
        ],
    }
