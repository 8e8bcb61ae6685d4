"""What notifications keep of a client who was erased, and that nothing is shown before a restored copy has followed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from clinic.contracts.codec import to_data
from clinic.contracts.erasure import ClientErased
from clinic.infra.caught_up import CaughtUp
from clinic.kernel.errors import Unavailable
from clinic.kernel.ids import new_id
from clinic.kernel.recorded import SYSTEM, Head, Recorded
from clinic.notifications.application.ports import Ending
from clinic.notifications.bootstrap import IDENTITY, REACTIONS_TO_IDENTITY, handles

ZONE = "Europe/London"


def erased(post: Any, client_id: UUID | None = None) -> None:
    """The reaction to the receipt, in a transaction of its own."""
    event, now = new_id(), datetime.now(UTC)
    client = client_id or post.client_id
    recorded = Recorded(
        event, "ClientErased", 1, post.others.practice_id, f"client-{client}", 1, 1, None, now, now, SYSTEM, event,
        event, None, None, to_data(ClientErased(client, new_id())),
    )  # fmt: skip
    with post.database.transaction(recorded.practice_id) as connection:
        handles(REACTIONS_TO_IDENTITY)[recorded.type](connection, recorded)


def texts(post: Any) -> set[tuple[Any, ...]]:
    names = ("subject", "body", "wording", "provider_reference", "lease_id")
    return {tuple(row[name] for name in names) for row in post.rows()}


def test_texts_and_references_go_states_and_times_stay(post: Any) -> None:
    post.happens("booked", 1)
    for message in post.outbox.lease(16):
        assert post.outbox.hand_over(message, ZONE)
        post.outbox.record(message, Ending("sent", body="What was said", provider_reference="ref-1"))
    before = post.rows()
    erased(post)
    erased(post)
    assert texts(post) == {("", None, None, None, None)}
    kept = ("kind", "channel", "state", "queued_at", "sent_at", "appointment_id", "client_id")
    assert [[row[name] for name in kept] for row in post.rows()] == [[row[name] for name in kept] for row in before]


def test_what_is_still_wanted_is_never_sent(post: Any) -> None:
    post.happens("booked", 1)
    erased(post)
    assert {row["state"] for row in post.rows()} == {"suppressed"}
    assert {row["reason"] for row in post.rows()} == {"the client was erased"}
    assert post.outbox.lease(16) == []


@pytest.mark.parametrize(("handed_over", "state"), [(False, "suppressed"), (True, "unknown")])
def test_whoever_is_sending_at_this_moment_brings_nothing_back(post: Any, handed_over: bool, state: str) -> None:
    post.happens("booked", 1)
    (mail, *_) = post.outbox.lease(1)
    if handed_over:
        assert post.outbox.hand_over(mail, ZONE)
    erased(post)
    assert handed_over or not post.outbox.hand_over(mail, ZONE)
    post.outbox.record(mail, Ending("sent", body="What was said", provider_reference="ref-1"))
    post.outbox.copy_to_next_of_kin(mail)
    assert texts(post) == {("", None, None, None, None)}
    assert next(row["state"] for row in post.rows() if row["message_id"] == mail.message_id) == state
    assert len(post.rows()) == 2


def test_nobody_else_s_messages_are_touched(post: Any) -> None:
    post.happens("booked", 1)
    erased(post, new_id())
    assert {row["state"] for row in post.rows()} == {"queued"}


@dataclass
class Feed:
    """Identity's feed, as far as it goes."""

    practice_id: UUID
    events_: list[Recorded] = field(default_factory=list)
    name: str = "identity"
    trusted: bool = False
    down: bool = False

    def heads(self) -> Mapping[UUID, Head]:
        if self.down:
            raise Unavailable("identity")
        return {self.practice_id: Head(len(self.events_))}

    def events(
        self, practice_id: UUID, after: int, limit: int, *, timeout_seconds: float | None = None
    ) -> Sequence[Recorded]:
        return self.events_[after : after + limit]

    def add(self) -> Recorded:
        event, now, client = new_id(), datetime.now(UTC), new_id()
        previous = self.events_[-1].event_id if self.events_ else None
        self.events_.append(
            Recorded(
                event,
                "ClientErased",
                1,
                self.practice_id,
                f"client-{client}",
                1,
                len(self.events_) + 1,
                previous,
                now,
                now,
                SYSTEM,
                event,
                event,
                None,
                None,
                to_data(ClientErased(client, new_id())),
            )
        )
        return self.events_[-1]


def at(post: Any, position: int, event_id: UUID | None, stopped: str | None = None) -> None:
    reason = f"'{stopped}'" if stopped else "NULL"
    event = f"'{event_id}'" if event_id else "NULL"
    post.change("DELETE FROM consumer_checkpoints")
    post.change(
        "INSERT INTO consumer_checkpoints (consumer, source, practice_id, position, event_id, stopped_reason) VALUES "
        f"('{IDENTITY.name}', 'identity', '{post.others.practice_id}', {position}, {event}, {reason})"
    )


def test_nothing_is_shown_before_identity_was_followed_once(post: Any) -> None:
    feed = Feed(post.others.practice_id)
    first, second = feed.add(), feed.add()
    gate = CaughtUp(post.database, IDENTITY.name, feed)
    feed.down = True
    refuses(gate, post, "identity")
    feed.down = False
    refuses(gate, post, "has not caught up")
    at(post, 1, first.event_id)
    refuses(gate, post, "has not caught up")
    at(post, 2, new_id())
    refuses(gate, post, "put back to an older time")
    at(post, 3, new_id())
    refuses(gate, post, "put back to an older time")
    at(post, 2, second.event_id, stopped="ledger rewound")
    refuses(gate, post, "is stopped")
    gate.judge_all()
    at(post, 2, second.event_id)
    gate.judge(post.others.practice_id)
    feed.add()
    feed.down = True
    gate.judge(post.others.practice_id)


def test_a_practice_that_is_new_has_nothing_that_was_put_back(post: Any) -> None:
    feed = Feed(post.others.practice_id)
    gate = CaughtUp(post.database, IDENTITY.name, feed)
    gate.judge_all()
    feed.add()
    gate.judge(post.others.practice_id)


def refuses(gate: CaughtUp, post: Any, why: str) -> None:
    with pytest.raises(Unavailable, match=why):
        gate.judge(post.others.practice_id)
