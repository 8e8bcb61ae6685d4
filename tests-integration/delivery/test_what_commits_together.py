"""Effects commit with the checkpoint, the relay's checkpoint after the confirms: whatever fails between (A5)."""

from collections.abc import Iterator

import pytest

from clinic.infra.database import Database
from clinic.infra.publisher import BrokerAway
from clinic.infra.relay import Relay

STUCK = """
    CREATE FUNCTION refuse_to_move() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the checkpoint is stuck'; END $$;
    CREATE TRIGGER stuck BEFORE UPDATE OF position ON consumer_checkpoints
        FOR EACH ROW WHEN (NEW.position > OLD.position) EXECUTE FUNCTION refuse_to_move();
"""


def as_owner(effects, statement):
    """What an accident between two statements does, made to happen every time."""
    with Database(effects.url("superuser"), size=1).connection() as connection:
        connection.execute(statement)


def test_a_checkpoint_that_cannot_move_leaves_no_effect(ledger, effects, make_consumer, eventually):
    practice = ledger.practice()
    ledger.append(practice, *"ab")
    consumer = make_consumer()
    consumer.breathe_with(count_down(4))
    as_owner(effects, STUCK)
    with pytest.raises(OutOfBreath):
        consumer.catch_up(practice)
    assert effects.of(practice) == []
    assert consumer.checkpoint(practice).position == 0
    as_owner(effects, "DROP TRIGGER stuck ON consumer_checkpoints")
    again = make_consumer()
    again.catch_up(practice)
    again.catch_up_all()
    assert again.checkpoint(practice).position == 2
    assert effects.of(practice) == [position for position in (1, 2) if position not in effects.parked(practice)]


class OutOfBreath(Exception):
    """The test has seen enough."""


def count_down(times):
    """Raises at the last of so many breaths: a consumer tries for ever."""
    left = [times]

    def breathe():
        left[0] -= 1
        if not left[0]:
            raise OutOfBreath

    return breathe


def test_an_effect_that_fails_leaves_the_checkpoint(ledger, effects, make_consumer):
    practice = ledger.practice()
    ledger.append(practice, *"abc")
    seen = []

    def fails_twice(connection, event):
        effects.apply(connection, event)
        seen.append(make_consumer().checkpoint(practice).position)
        if event.position == 2 and len(seen) < 4:
            raise ValueError

    make_consumer(fails_twice).catch_up(practice)
    assert effects.of(practice) == [1, 2, 3]
    assert all(position < 3 for position in seen), "nobody sees a checkpoint before its effects"


class Broker:
    """Takes messages, and goes away before it confirms the first batches; the relay's side of a publisher."""

    def __init__(self, gone: int) -> None:
        self.gone = gone
        self.taken: list[str] = []

    def connect(self) -> None:
        """Connected."""

    def publish(self, outgoing, seconds):
        """What was on its way when it went is lost."""
        ids = [out.message.message_id for out in outgoing]
        if self.gone:
            self.gone -= 1
            raise BrokerAway("connection lost before the confirms")
        self.taken += ids
        return [True] * len(ids)


@pytest.fixture
def relaying(ledger) -> Iterator[Database]:
    database = Database(ledger.url("relay"), size=1)
    yield database
    database.close()


def test_a_broker_that_goes_away_before_its_confirms_gets_everything_again(ledger, relaying):
    practices = [ledger.practice() for _ in range(2)]
    for practice in practices:
        ledger.append(practice, *"abc")
    broker = Broker(gone=2)
    relay = Relay("availability", relaying, broker)
    for _ in range(2):
        with pytest.raises(BrokerAway):
            relay.publish_batch()
        with relaying.connection() as connection:
            assert connection.execute("SELECT * FROM relay_checkpoints WHERE position > 0").fetchall() == []
    assert relay.publish_batch() == (6, 0)
    assert relay.publish_batch() == (0, 0)
    assert sorted(broker.taken) == sorted(str(event.event_id) for one in practices for event in ledger.events(one))
