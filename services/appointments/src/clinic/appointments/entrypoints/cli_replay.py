"""`clinic ledger replay`: recorded events once more, to a queue of the operator's own (F50)."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import Annotated

import typer

from clinic.appointments.adapters.export import Period, count_events, events_of
from clinic.appointments.bootstrap import SERVICE
from clinic.appointments.entrypoints.cli_moments import (
    WHEN,
    PracticeOption,
    end,
    find_practice,
    period,
    said_plainly,
)
from clinic.appointments.entrypoints.cli_support import FAILED, TEMPORARY, USAGE, ledger_database, log
from clinic.infra.cloud_events import to_message
from clinic.infra.publisher import BrokerAway, Outgoing, Publisher
from clinic.infra.settings import SERVICES
from clinic.kernel.recorded import Recorded

PARTLY = 4
BATCH = 1000
SECONDS = 30.0
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}\Z")
OURS = (*(f"{service}." for service in (*SERVICES, "portal")), "amq.")


def replay(
    practice: PracticeOption,
    queue: Annotated[str, typer.Option("--to", help="A queue that is there already, not one of the product's.")],
    after: Annotated[int, typer.Option(min=0, help="Only events after this position.")] = 0,
    from_: Annotated[str | None, typer.Option("--from", help=f"Recorded from this moment on. {WHEN}")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Recorded before this moment.")] = None,
) -> None:
    """Publish recorded events to a queue, as the relay publishes them (CloudEvents), with the broker's confirms.

    To that queue alone: the services' exchanges and queues see nothing of it.
    """
    if not NAME.match(queue) or queue.startswith(OURS):
        end(f"{queue!r} is refused: name a queue of your own, never one of the product's.", USAGE)
    if not (address := os.environ.get("AMQP_URL")):
        end("AMQP_URL is not set: run the command with the environment of `.local/env`.", TEMPORARY)
    publisher = Publisher(address, "")
    with ledger_database() as database, said_plainly():
        of = find_practice(practice)
        found = count_events(database, of.id, *period(of, from_, until))
        wanted = Period(max(0, found.last - max(after, found.first - 1)), max(after + 1, found.first), found.last)
        try:
            publisher.connect()
            _publish(publisher, queue, events_of(database, of.id, wanted), wanted)
        except BrokerAway as error:
            end(f"The broker is away: {error}.", TEMPORARY)
        finally:
            publisher.close()


def _publish(publisher: Publisher, queue: str, events: Iterator[Recorded], wanted: Period) -> None:
    done, last = 0, wanted.first - 1
    while batch := list(islice(events, 1 if not done else BATCH)):
        outgoing = [Outgoing(queue, to_message(event, SERVICE)) for event in batch]
        outcomes = publisher.publish(outgoing, SECONDS)
        taken = next((place for place, was in enumerate(outcomes) if not was), len(outcomes))
        done += taken
        if taken:
            last = batch[taken - 1].position
        if taken < len(batch):
            _stop(queue, done, last, wanted)
        if log.is_terminal:
            log.print(f"{done:,} of {wanted.events:,}")
    log.print(f"{done:,} events were published to {queue}, up to position {last}.", markup=False)


def _stop(queue: str, done: int, last: int, wanted: Period) -> None:
    if not done:
        end(f"The broker took nothing: there is no queue {queue}, or it is full.", FAILED)
    end(f"{done:,} of {wanted.events:,} were published; go on with --after {last}.", PARTLY)
