"""What is broken on purpose, one at a time, and the tests that must turn red (ADR 0027).

A mutation is a small edit of a copy of this checkout: every `old` occurs exactly once in its file. `tests` are the
smallest that suffice. `deploy/tests/test_mutation_table.py` keeps the table from rotting.
"""

from dataclasses import dataclass

STORE_SQL = "shared/src/clinic/infra/sql/event_store_v1.sql"
EVENT_STORE = "shared/src/clinic/infra/event_store.py"
RULE = "shared/src/clinic/infra/delivery_rule.py"
APPLYING = "shared/src/clinic/infra/applying.py"
SUBSCRIPTION = "shared/src/clinic/infra/subscription.py"
APPENDING_TESTS = "tests-integration/ledger/store/test_appending.py"
COMMAND_TESTS = "tests-integration/ledger/store/test_commands.py"
DECIDING_TESTS = "tests-integration/ledger/store/test_deciding.py"
RULE_TESTS = "tests-integration/delivery/test_the_rule.py"
TOGETHER_TESTS = "tests-integration/delivery/test_what_commits_together.py"
FORGETS_TESTS = "tests-integration/delivery/test_what_the_broker_forgets.py"
POISON_TESTS = "tests-integration/delivery/test_poison.py"


@dataclass(frozen=True, slots=True)
class Edit:
    """In one file of the checkout, the text that is there once and what stands in its place."""

    file: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Mutation:
    """A fault by the name under which the issue asks for it."""

    name: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]


MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "heads update removed",
        (
            Edit(
                EVENT_STORE,
                "    UPDATE heads SET position = position + %(count)s, previous_event_id = last_event_id, "
                "last_event_id = %(last_id)s,\n"
                "        last_recorded_at = greatest(clinic_now(), last_recorded_at + interval '1 microsecond')\n",
                """    SELECT clinic_now() AS recorded_at,
        (SELECT coalesce(max(p.position), 0) FROM events p WHERE p.practice_id = %(practice)s) AS before,
        (SELECT l.event_id FROM events l WHERE l.practice_id = %(practice)s ORDER BY l.position DESC LIMIT 1)
            AS previous_event_id
    FROM heads
""",
            ),
            Edit(
                EVENT_STORE,
                'RETURNING = "RETURNING position - %(count)s AS before, previous_event_id, '
                'last_recorded_at AS recorded_at"',
                'RETURNING = ""',
            ),
        ),
        (
            f"{APPENDING_TESTS}::test_positions_are_dense_under_writers_of_several_practices",
            f"{APPENDING_TESTS}::test_time_goes_on_when_the_clock_jumps_back",
        ),
    ),
    Mutation(
        "position taken from a sequence",
        (
            Edit(
                EVENT_STORE, "SELECT %(practice)s, head.before + e.number, ", "SELECT %(practice)s, nextval('places'), "
            ),
            Edit(
                STORE_SQL,
                "CREATE INDEX events_recorded_at ON events (practice_id, recorded_at);",
                "CREATE INDEX events_recorded_at ON events (practice_id, recorded_at);\n"
                "CREATE SEQUENCE places;\n"
                "GRANT USAGE ON SEQUENCE places TO {service}_api, {service}_worker, {service}_ops;",
            ),
        ),
        (
            f"{APPENDING_TESTS}::test_several_streams_are_appended_together_or_not_at_all",
            f"{APPENDING_TESTS}::test_positions_are_dense_under_writers_of_several_practices",
        ),
    ),
    Mutation(
        "consumer without the position rule",
        (
            Edit(
                RULE,
                "if event.position < checkpoint.position or event.event_id == checkpoint.event_id:",
                "if event is None:",
            ),
            Edit(
                RULE,
                "return event.position == checkpoint.position + 1 and event.previous_event_id == checkpoint.event_id",
                "return True",
            ),
        ),
        (f"{RULE_TESTS}::test_duplicates_have_no_effect", f"{RULE_TESTS}::test_a_gap_is_fetched_from_the_ledger"),
    ),
    Mutation(
        "without the predecessor check",
        (
            Edit(
                RULE,
                "return event.position == checkpoint.position + 1 and event.previous_event_id == checkpoint.event_id",
                "return event.position == checkpoint.position + 1",
            ),
            Edit(RULE, "if event.previous_event_id != checkpoint.event_id:", "if event is None:"),
        ),
        (
            f"{RULE_TESTS}::test_new_events_of_a_restored_ledger_are_not_swallowed",
            "shared/tests/infra/test_delivery_rule.py",
        ),
    ),
    Mutation(
        "effects and checkpoint in two transactions: checkpoint first",
        (
            Edit(
                APPLYING,
                "        if not self._rows.move(connection, practice_id, seen, events[-1]):\n",
                "        with self._database.transaction(practice_id) as first:\n"
                "            moved = self._rows.move(first, practice_id, seen, events[-1])\n"
                "        if not moved:\n",
            ),
        ),
        (f"{TOGETHER_TESTS}::test_an_effect_that_fails_leaves_the_checkpoint",),
    ),
    Mutation(
        "effects and checkpoint in two transactions: effects first",
        (
            Edit(
                APPLYING,
                "        if not self._rows.move(connection, practice_id, seen, events[-1]):\n"
                "            raise Fenced\n"
                "        parked",
                "        parked",
            ),
            Edit(
                APPLYING,
                "        self._rows.finish(connection, practice_id, events[-1].position)\n",
                "        connection.execute('COMMIT')\n"
                "        connection.execute('BEGIN')\n"
                "        self._rows.enter(connection, practice_id)\n"
                "        if not self._rows.move(connection, practice_id, seen, events[-1]):\n"
                "            raise Fenced\n"
                "        self._rows.finish(connection, practice_id, events[-1].position)\n",
            ),
        ),
        (f"{TOGETHER_TESTS}::test_a_checkpoint_that_cannot_move_leaves_no_effect",),
    ),
    Mutation(
        "acknowledgement before commit",
        (
            Edit(
                SUBSCRIPTION,
                "                    self._take(batch)\n"
                "                    batch[-1].channel.basic_ack(batch[-1].delivery_tag, multiple=True)\n",
                "                    batch[-1].channel.basic_ack(batch[-1].delivery_tag, multiple=True)\n"
                "                    self._take(batch)\n",
            ),
        ),
        (f"{FORGETS_TESTS}::test_what_did_not_take_effect_is_still_on_the_queue",),
    ),
    Mutation(
        "relay checkpoint before confirm",
        (
            Edit(
                "shared/src/clinic/infra/relay.py",
                "            outcomes = self._publisher.publish(self._read(connection, places), PUBLISH_SECONDS)\n",
                "            outgoing = list(self._read(connection, places))\n"
                "            for place in places:\n"
                "                connection.execute(MOVE, place)\n"
                "            connection.execute('COMMIT')\n"
                "            connection.execute('BEGIN')\n"
                "            outcomes = self._publisher.publish(iter(outgoing), PUBLISH_SECONDS)\n",
            ),
        ),
        (f"{TOGETHER_TESTS}::test_a_broker_that_goes_away_before_its_confirms_gets_everything_again",),
    ),
    Mutation(
        "mandatory off",
        (Edit("shared/src/clinic/infra/publisher.py", "mandatory=True)", "mandatory=False)"),),
        ("tests-integration/delivery/test_over_the_broker.py::test_what_no_queue_takes_is_not_counted_as_published",),
    ),
    Mutation(
        "append without expected version: one that the stream has",
        (
            Edit(
                STORE_SQL,
                "    CONSTRAINT events_stream_version UNIQUE (practice_id, stream_id, stream_version),\n",
                "",
            ),
        ),
        (
            f"{APPENDING_TESTS}::test_only_the_version_that_comes_next_is_appended",
            f"{APPENDING_TESTS}::test_positions_are_dense_under_writers_of_several_practices",
        ),
    ),
    Mutation(
        "append without expected version: one ahead of the stream",
        (Edit(EVENT_STORE, "if version != 1}", "if version is None}"),),
        (
            f"{APPENDING_TESTS}::test_only_the_version_that_comes_next_is_appended",
            f"{APPENDING_TESTS}::test_a_stream_begins_with_its_first_version",
        ),
    ),
    Mutation(
        "exclusion constraint dropped",
        (
            Edit(
                "services/appointments/migrations/0001_initial.sql",
                "    PRIMARY KEY (practice_id, appointment_id),\n"
                "    CONSTRAINT occupancy_no_double_booking EXCLUDE USING gist\n"
                "        (practice_id WITH =, clinician_id WITH =, during WITH &&) WHERE (occupies AND exclusive)\n",
                "    PRIMARY KEY (practice_id, appointment_id)\n",
            ),
        ),
        (f"{DECIDING_TESTS}::test_taken_time_is_taken_until_the_end_of_the_buffer",),
    ),
    Mutation(
        "upcaster missing",
        (
            Edit(
                "shared/src/clinic/contracts/catalog.py",
                '2, "appointments", {1: upcasters.appointment_cancelled_1_to_2}',
                '2, "appointments", {1: lambda data: data}',
            ),
        ),
        (
            "shared/tests/contracts/test_upcasters.py",
            "services/appointments/tests/test_released_histories.py",
        ),
    ),
    Mutation(
        "parking without holding back the stream",
        (Edit(APPLYING, "            if event.stream_id in parked:\n", "            if event.stream_id is None:\n"),),
        (f"{POISON_TESTS}::test_later_events_of_the_same_stream_wait_for_the_parked_one",),
    ),
    Mutation(
        "idle heads check removed",
        (
            Edit(
                SUBSCRIPTION,
                "if now - self._checked_at < (IDLE_SECONDS if quiet else BUSY_CHECK_SECONDS):",
                'if quiet and self._checked_at > float("-inf"):',
            ),
        ),
        (f"{FORGETS_TESTS}::test_an_event_that_never_came_to_the_broker_takes_effect_while_all_is_quiet",),
    ),
    Mutation(
        "command table skipped for refusals",
        (
            Edit(
                "services/appointments/src/clinic/appointments/application/answering.py",
                'NOT_REMEMBERED = frozenset({"unavailable", ',
                'NOT_REMEMBERED = frozenset({"too_late_to_change", "slot_taken", "unavailable", ',
            ),
        ),
        (
            f"{COMMAND_TESTS}::test_a_refusal_stands_when_its_reason_has_gone",
            f"{COMMAND_TESTS}::test_another_body_under_the_same_id_is_told_so",
        ),
    ),
    Mutation(
        "sealing over `jsonb` text",
        (Edit("shared/src/clinic/infra/proof/leaf.py", '_text("data")', '_text("data::jsonb::text")'),),
        ("tests-integration/ledger/test_leaf.py::test_the_stored_text_is_what_is_sealed",),
    ),
)
