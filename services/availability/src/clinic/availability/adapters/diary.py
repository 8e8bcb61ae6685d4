"""Reads rules and taken times from PostgreSQL, one transaction per question."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from clinic.availability.application.ports import Asked, Case, Unknown
from clinic.availability.domain.booking_settings import BookingSettings
from clinic.availability.domain.hours import Hours
from clinic.availability.domain.intervals import Interval
from clinic.availability.domain.offered_times import Visit, taken_minutes
from clinic.availability.domain.rules import Rules
from clinic.infra.database import Connection, Database

FACTS = """
    SELECT clinic_now() AS now, s.first_day_of_week, s.booking_offset, s.limit_days, s.step_minutes, s.rules_version,
        l.zone, c.available_online, t.duration_minutes, t.buffer_after_minutes, t.video,
        %(clinician)s = ANY (t.clinician_ids) AND %(location)s = ANY (t.location_ids) AS type_offered
    FROM booking_settings s
    LEFT JOIN locations l ON l.practice_id = s.practice_id AND l.location_id = %(location)s
    LEFT JOIN clinicians c ON c.practice_id = s.practice_id AND c.clinician_id = %(clinician)s
    LEFT JOIN appointment_types t ON t.practice_id = s.practice_id AND t.appointment_type_id = %(type)s
    WHERE s.practice_id = %(practice)s
"""

HOURS = """
    SELECT 'working' AS plan, weekday, NULL::date AS on_date, jsonb_build_array(starts_minute, ends_minute) AS hours
    FROM working_hours
    WHERE practice_id = %(practice)s AND clinician_id = %(clinician)s AND location_id = %(location)s
    UNION ALL
    SELECT 'working', NULL, on_date, hours FROM working_dates
    WHERE practice_id = %(practice)s AND clinician_id = %(clinician)s AND location_id = %(location)s
        AND on_date >= %(since)s
    UNION ALL
    SELECT 'timetable', weekday, NULL, jsonb_build_array(starts_minute, ends_minute) FROM timetable_hours
    WHERE practice_id = %(practice)s AND location_id = %(location)s
    UNION ALL
    SELECT 'timetable', NULL, on_date, hours FROM timetable_dates
    WHERE practice_id = %(practice)s AND location_id = %(location)s AND on_date >= %(since)s
"""

CLOSED = """
    SELECT 'closure' AS kind, first_date, last_date, NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at
    FROM closures
    WHERE practice_id = %(practice)s AND (location_id IS NULL OR location_id = %(location)s) AND last_date >= %(since)s
    UNION ALL
    SELECT 'absence', NULL, NULL, starts_at, ends_at FROM absences
    WHERE practice_id = %(practice)s AND clinician_id = %(clinician)s AND ends_at > %(now)s
"""

TAKEN = """
    SELECT coalesce(array_agg(floor(extract(epoch FROM starts_at) / 60)::integer), '{}') AS starts,
        coalesce(array_agg(ceil(extract(epoch FROM ends_at) / 60)::integer), '{}') AS ends
    FROM busy
    WHERE practice_id = %(practice)s AND clinician_id = %(clinician)s AND occupies AND ends_at > %(now)s
        AND starts_at < %(now)s + make_interval(days => %(days)s)
        AND NOT (
            appointment_id IS NOT DISTINCT FROM %(exclude)s
            AND (%(exclude_of)s::uuid IS NULL OR client_id = %(exclude_of)s::uuid)
        )
"""


class PostgresDiary:
    """The diary of `clinic.availability.application.ports`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def case(self, practice_id: UUID, asked: Asked, *, with_taken: bool) -> Case | Unknown:
        """The case as one transaction sees it."""
        named = {
            "practice": practice_id,
            "clinician": asked.clinician_id,
            "location": asked.location_id,
            "type": asked.appointment_type_id,
        }
        with self._database.transaction(practice_id) as connection:
            facts = connection.execute(FACTS, named).fetchone()
            if facts is None:
                return Unknown(("practice",))
            unknown = tuple(
                name
                for name, column in (
                    ("clinician", "available_online"),
                    ("location", "zone"),
                    ("appointment_type", "duration_minutes"),
                )
                if facts[column] is None
            )
            if unknown:
                return Unknown(unknown)
            named |= {"now": facts["now"], "since": facts["now"].date() - timedelta(days=2)}
            rules = _rules(connection, named, facts, asked)
            taken = _taken(connection, named, rules, asked) if with_taken else []
        return Case(facts["now"], rules, taken, facts["video"], facts["rules_version"])


def _rules(connection: Connection, named: dict[str, Any], facts: dict[str, Any], asked: Asked) -> Rules:
    closed: set[date] = set()
    absences: list[Interval] = []
    for row in connection.execute(CLOSED, named):
        if row["kind"] == "closure":
            closed.update(_dates(row["first_date"], row["last_date"]))
        else:
            absences.append(taken_minutes(row["starts_at"], row["ends_at"]))
    duration, buffer = asked.duration_minutes, asked.buffer_after_minutes
    return Rules(
        zone=facts["zone"],
        plans=_plans(connection, named),
        absences=absences,
        closed_dates=frozenset(closed),
        settings=BookingSettings(
            facts["first_day_of_week"], facts["booking_offset"], facts["limit_days"], facts["step_minutes"]
        ),
        visit=Visit(
            facts["duration_minutes"] if duration is None else duration,
            buffer_after=facts["buffer_after_minutes"] if buffer is None else buffer,
        ),
        available_online=facts["available_online"],
        type_offered=facts["type_offered"] or asked.exclude is not None,
    )


def _plans(connection: Connection, named: dict[str, Any]) -> list[Hours]:
    """The clinician's hours at the location and, where it has a weekly one, the location's timetable (F36)."""
    weekly: dict[str, dict[int, list[tuple[int, int]]]] = {"working": defaultdict(list), "timetable": defaultdict(list)}
    dates: dict[str, dict[date, list[tuple[int, int]]]] = {"working": {}, "timetable": {}}
    for row in connection.execute(HOURS, named):
        if row["on_date"] is None:
            starts, ends = row["hours"]
            weekly[row["plan"]][row["weekday"]].append((starts, ends))
        else:
            dates[row["plan"]][row["on_date"]] = [(starts, ends) for starts, ends in row["hours"]]
    plans = [Hours(weekly["working"], dates["working"])]
    if weekly["timetable"]:
        plans.append(Hours(weekly["timetable"], dates["timetable"]))
    elif dates["timetable"]:
        always = {weekday: [(0, 1440)] for weekday in range(7)}
        plans.append(Hours(always, dates["timetable"]))
    return plans


def _taken(connection: Connection, named: dict[str, Any], rules: Rules, asked: Asked) -> list[Interval]:
    """What other appointments take between now and beyond the booking limit."""
    days = rules.settings.limit_days + 2 + (rules.visit.duration + rules.visit.buffer_after) // 1440
    row = connection.execute(
        TAKEN, {**named, "days": days, "exclude": asked.exclude, "exclude_of": asked.exclude_of}
    ).fetchone()
    assert row is not None, "an aggregate has one row"
    return list(zip(row["starts"], row["ends"], strict=True))


def _dates(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
