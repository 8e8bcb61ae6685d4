"""Where a checkpoint has been is thinned, whichever way PostgreSQL takes to it."""

from typing import Any

import pytest

from clinic.infra import trail
from clinic.infra.consumer_rows import ConsumerRows
from clinic.kernel.ids import new_id

LAST = 3_456


@pytest.mark.parametrize("slow_ways", [(), ("nestloop",), ("nestloop", "hashjoin"), ("indexscan", "bitmapscan")])
def test_a_long_trail_keeps_one_place_for_each_doubling_of_the_distance(
    effects: Any, slow_ways: tuple[str, ...]
) -> None:
    practice = new_id()
    names = {"consumer": "test", "source": "availability", "practice": practice}
    with effects.database.transaction(practice) as connection:
        connection.execute(
            "INSERT INTO consumer_trail SELECT %(consumer)s, %(source)s, %(practice)s, n, gen_random_uuid()"
            " FROM unnest(%(places)s::bigint[]) AS n",
            {**names, "places": [1, LAST - 2047, LAST - 1023, *range(LAST - 599, LAST + 1)]},
        )
        for way in slow_ways:
            connection.execute(f"SET LOCAL enable_{way} = off")
        trail.thin(connection, {**names, "last": LAST})
        kept = [place.position for place in ConsumerRows("test", "availability").trail(connection, practice)]
    near = [position for position in kept if position > LAST - trail.NEAR]
    assert near == list(range(LAST, LAST - trail.NEAR, -1))
    assert [LAST - position for position in kept[len(near) :]] == [511, 1023, 2047, LAST - 1]
