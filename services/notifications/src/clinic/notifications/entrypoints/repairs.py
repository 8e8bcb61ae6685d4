"""How notifications' consumers are repaired after the ledger was restored to an older point (ADR 0028)."""

from uuid import UUID

from clinic.infra.database import Connection
from clinic.infra.delivery_rule import Checkpoint
from clinic.infra.repairing import Copy, Events, Reaction, ServiceRepairs
from clinic.notifications.adapters.lost_states import settle
from clinic.notifications.adapters.postgres_reminders import PostgresPlans
from clinic.notifications.application.reminding import REMINDING, learn, plan_reminders
from clinic.notifications.bootstrap import APPOINTMENTS, PLANNER


def _forget_appointments(connection: Connection, practice_id: UUID) -> None:
    plans = PostgresPlans.taken(connection, practice_id)
    plans.forget_appointments()
    plans.ask_to_plan_anew()


def _plan_anew(connection: Connection, practice_id: UUID, common: Checkpoint, events: Events) -> None:
    """What both histories share is learned; what is new is planned as if it had just been heard of."""
    plans = PostgresPlans.taken(connection, practice_id)
    for event in events:
        if event.type not in REMINDING:
            continue
        if event.position <= common.position:
            learn(plans, event)
        else:
            plan_reminders(lambda: plans, event)
    plans.ask_to_plan_anew()


REPAIRS = ServiceRepairs(
    [
        Reaction(APPOINTMENTS.name, APPOINTMENTS.source, settle),
        Copy(PLANNER, APPOINTMENTS.source, _forget_appointments, _plan_anew),
    ]
)
"""Messages are once per cause, so their consumer follows again; reminders are planned anew."""
