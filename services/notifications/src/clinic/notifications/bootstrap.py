"""Wires notifications: settings, pools, adapters, the table of reactions. The only place that knows everything."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from environs import Env

from clinic.infra.applying import Handle
from clinic.infra.caught_up import CaughtUp
from clinic.infra.consumer import Consumer
from clinic.infra.database import Connection, Database
from clinic.infra.safe_settings import safe_settings
from clinic.infra.service_client import client_of
from clinic.infra.settings import ServiceSettings
from clinic.infra.sources import HttpSource
from clinic.infra.subscription import Subscription, Work
from clinic.infra.topology import SubscriptionQueue
from clinic.kernel.recorded import Recorded
from clinic.notifications.adapters.postgres_communications import PostgresCommunications
from clinic.notifications.adapters.postgres_desk import PostgresDesk
from clinic.notifications.adapters.postgres_outbox import PostgresOutbox
from clinic.notifications.adapters.postgres_queue import PostgresQueue
from clinic.notifications.adapters.postgres_receipts import PostgresReceipts
from clinic.notifications.adapters.postgres_reminders import PostgresPlans, PostgresReminders
from clinic.notifications.adapters.providers import ProviderSettings, mail_transport, sms_transport
from clinic.notifications.adapters.sendgrid_mail import SendGridSettings
from clinic.notifications.adapters.services import HttpDirectory
from clinic.notifications.adapters.sms import SmsSettings
from clinic.notifications.adapters.smtp import SmtpSettings
from clinic.notifications.adapters.twilio_sms import TwilioSettings
from clinic.notifications.application import reactions
from clinic.notifications.application.communications import CommunicationsDesk
from clinic.notifications.application.desk import Desk
from clinic.notifications.application.ports import Directory, Queue
from clinic.notifications.application.receipts import Receipts
from clinic.notifications.application.reminding import REMINDING, Reminders, plan_reminders
from clinic.notifications.application.sender import Sender
from clinic.notifications.domain.budgets import Budgets

if TYPE_CHECKING:
    from clinic.notifications.adapters.sendgrid_events import SendGridEvents
    from clinic.notifications.adapters.twilio_events import TwilioEvents

SERVICE = "notifications"
APPOINTMENTS = SubscriptionQueue(SERVICE, "appointments")
TWILIO_PATH = "/webhooks/twilio"
IDENTITY = SubscriptionQueue(SERVICE, "identity")
PLANNER = "notifications.appointments.reminders"
"""The consumer that plans reminders: it has no queue and asks the ledger every few seconds (ADR 0023)."""
Reaction = Callable[[Queue, Recorded], None]

REACTIONS: Mapping[str, Reaction] = {
    "AppointmentBooked": reactions.when_appointment_booked_queue_confirmation,
    "AppointmentRescheduled": reactions.when_appointment_rescheduled_tell_client_and_users,
    "AppointmentCancelled": reactions.when_appointment_cancelled_tell_client_and_users,
    "AppointmentStatusChanged": reactions.when_appointment_status_changed_tell_client,
}
"""One reaction per event of appointments; `reactions.IGNORED` lists the others."""

REACTIONS_TO_IDENTITY: Mapping[str, Reaction] = {
    "SignInLinkRequested": reactions.when_sign_in_link_requested_queue_message,
    "ClientErased": reactions.when_client_erased_blank_what_is_held,
}
"""One reaction per event of identity; `reactions.IGNORED_OF_IDENTITY` lists the others."""


@dataclass(frozen=True, slots=True)
class Api:
    """What the API works with."""

    settings: ServiceSettings
    database: Database
    desk: Desk
    directory: Directory
    caught_up: CaughtUp | None = None
    """With identity's events: nothing about clients is shown before (ADR 0036)."""

    @property
    def communications(self) -> CommunicationsDesk:
        """The practices' triggers and texts."""
        return PostgresCommunications(self.database)


@dataclass(frozen=True, slots=True)
class Worker:
    """What the worker works with."""

    settings: ServiceSettings
    database: Database
    consumer: Consumer
    consumer_of_identity: Consumer
    planner: Consumer
    reminders: Reminders
    sender: Sender

    def appointments_subscription(self, perform: Callable[[Work], None]) -> Subscription:
        """The subscription to the ledger's events."""
        return Subscription(self.settings.amqp_url, self.consumer, APPOINTMENTS, perform=perform)

    def identity_subscription(self, perform: Callable[[Work], None]) -> Subscription:
        """The subscription to identity's events."""
        return Subscription(self.settings.amqp_url, self.consumer_of_identity, IDENTITY, perform=perform)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """What the process for providers' receipts works with; None for a provider that signs nothing for us."""

    settings: ServiceSettings
    database: Database
    receipts: Receipts
    sendgrid: "SendGridEvents | None"
    twilio: "TwilioEvents | None"
    trusted_proxies: int


def read_providers() -> ProviderSettings:
    """The providers' settings from the environment; what is wrong is named in an environs.EnvError."""
    env = Env()
    country_codes = tuple(int(code) for code in env.list("SMS_COUNTRY_CODES", ["44"]))
    mail_from = env.str("MAIL_FROM", "appointments@localhost.localdomain")
    return ProviderSettings(
        staff_url=env.str("STAFF_URL").rstrip("/"),
        mail_provider=env.str("MAIL_PROVIDER", "smtp"),
        smtp=SmtpSettings(
            host=env.str("SMTP_HOST", "127.0.0.1"),
            port=env.int("SMTP_PORT", 25),
            user=env.str("SMTP_USER", ""),
            password=env.str("SMTP_PASSWORD", ""),
            mail_from=mail_from,
            timeout_seconds=env.float("SMTP_TIMEOUT_SECONDS", 10.0),
        ),
        sendgrid=SendGridSettings(
            api_key=env.str("SENDGRID_API_KEY", ""),
            host=env.str("SENDGRID_HOST", "https://api.sendgrid.com").rstrip("/"),
            mail_from=mail_from,
        ),
        sms_provider=env.str("SMS_PROVIDER", "http"),
        sms=SmsSettings(url=env.str("SMS_URL", ""), sender=env.str("SMS_FROM", "Clinic"), country_codes=country_codes),
        twilio=_read_twilio(env, country_codes),
        budgets=Budgets(email=env.int("MAIL_DAILY_BUDGET", 5000), sms=env.int("SMS_DAILY_BUDGET", 1000)),
    )


def _read_twilio(env: Env, country_codes: tuple[int, ...]) -> TwilioSettings:
    """An API key, where there is one, is used for sending; the account's token is needed for receipts."""
    account = env.str("TWILIO_ACCOUNT_SID", "")
    key = env.str("TWILIO_API_KEY", "")
    webhooks = env.str("WEBHOOKS_URL", "").rstrip("/")
    return TwilioSettings(
        account_sid=account,
        user=key or account,
        password=env.str("TWILIO_API_SECRET" if key else "TWILIO_AUTH_TOKEN", ""),
        sender=env.str("TWILIO_FROM", ""),
        messaging_service_sid=env.str("TWILIO_MESSAGING_SERVICE_SID", ""),
        status_url=webhooks and webhooks + TWILIO_PATH,
        host=env.str("TWILIO_HOST", "https://api.twilio.com").rstrip("/"),
        country_codes=country_codes,
    )


def wire_api() -> Api:
    """The API's parts."""
    settings = safe_settings(SERVICE)
    database = Database(settings.database_url, name="notifications-api")
    source = HttpSource(client_of(settings, IDENTITY.source), IDENTITY.source)
    caught_up = CaughtUp(database, IDENTITY.name, source)
    return Api(settings, database, PostgresDesk(database), _directory(settings), caught_up)


def wire_worker() -> Worker:
    """The worker's parts. Nothing is connected yet."""
    settings = safe_settings(SERVICE)
    database = Database(settings.database_url, name="notifications-worker")
    providers = read_providers()
    sender = Sender(
        PostgresOutbox(database, providers.budgets),
        _directory(settings),
        {"email": mail_transport(providers), "sms": sms_transport(providers)},
        spawn=beside,
        staff_url=providers.staff_url,
    )
    return Worker(
        settings,
        database,
        _consumer(settings, database, APPOINTMENTS, handles(REACTIONS)),
        _consumer(settings, database, IDENTITY, handles(REACTIONS_TO_IDENTITY)),
        _consumer(settings, database, APPOINTMENTS, planning_handles(), name=PLANNER),
        PostgresReminders(database),
        sender,
    )


def wire_webhooks() -> Webhooks:
    """The parts of the process for receipts: a provider is listened to where its key and our address are known."""
    from clinic.notifications.adapters.sendgrid_events import (
        SendGridEvents,
    )  # the worker needs neither, nor their memory
    from clinic.notifications.adapters.twilio_events import TwilioEvents

    settings = safe_settings(SERVICE)
    database = Database(settings.database_url, size=4, name="notifications-webhooks")
    env = Env()
    key, token = env.str("SENDGRID_WEBHOOK_PUBLIC_KEY", ""), env.str("TWILIO_AUTH_TOKEN", "")
    url = env.str("WEBHOOKS_URL", "").rstrip("/")
    return Webhooks(
        settings,
        database,
        PostgresReceipts(database),
        SendGridEvents(key) if key else None,
        TwilioEvents(url + TWILIO_PATH, token) if token and url else None,
        env.int("TRUSTED_PROXIES", 0),
    )


def handles(reactions_to: Mapping[str, Reaction] = REACTIONS) -> dict[str, Handle]:
    """The reactions as the consumer calls them: inside the transaction that moves the checkpoint."""
    return {name: _in_transaction(reaction) for name, reaction in reactions_to.items()}


def planning_handles() -> dict[str, Handle]:
    """The planning of reminders as its consumer calls it."""
    return dict.fromkeys(REMINDING, _plan)


def beside(work: Callable[[], None]) -> None:
    """Starts work beside the caller: a thread, which is a greenlet in the nameko worker."""
    threading.Thread(target=work, daemon=True).start()


def _consumer(
    settings: ServiceSettings,
    database: Database,
    queue: SubscriptionQueue,
    handles: Mapping[str, Handle],
    name: str | None = None,
) -> Consumer:
    source = HttpSource(client_of(settings, queue.source), queue.source)
    return Consumer(database, name or queue.name, source, handles)


def _plan(connection: Connection, recorded: Recorded) -> None:
    plan_reminders(lambda: PostgresPlans.taken(connection, recorded.practice_id), recorded)


def _in_transaction(reaction: Reaction) -> Handle:
    def handle(connection: Connection, recorded: Recorded) -> None:
        reaction(PostgresQueue(connection, recorded.practice_id), recorded)

    return handle


def _directory(settings: ServiceSettings) -> Directory:
    return HttpDirectory(
        client_of(settings, "identity"), client_of(settings, "appointments"), client_of(settings, "availability")
    )
