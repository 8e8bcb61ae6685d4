"""Which providers of mail and text messages an operator has chosen, from the environment of the supervisor.

Without any the mailbox takes everything, and nobody listens for receipts.
"""

from collections.abc import Mapping

SENDING = (
    "MAIL_PROVIDER",
    "SENDGRID_API_KEY",
    "SENDGRID_HOST",
    "SMS_PROVIDER",
    "TWILIO_ACCOUNT_SID",
    "TWILIO_AUTH_TOKEN",
    "TWILIO_API_KEY",
    "TWILIO_API_SECRET",
    "TWILIO_FROM",
    "TWILIO_MESSAGING_SERVICE_SID",
    "TWILIO_HOST",
    "SMS_COUNTRY_CODES",
    "SMS_DAILY_BUDGET",
    "MAIL_DAILY_BUDGET",
    "WEBHOOKS_URL",
)
"""What the worker of notifications learns of it."""

RECEIPTS = ("SENDGRID_WEBHOOK_PUBLIC_KEY", "TWILIO_AUTH_TOKEN", "WEBHOOKS_URL", "TRUSTED_PROXIES")
"""What the process that listens for receipts learns of it: it can check a signature and send nothing by SendGrid."""


def for_sending(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of the worker; what is empty is not set."""
    return _chosen(environment, SENDING)


def for_receipts(environment: Mapping[str, str]) -> dict[str, str]:
    """The settings of the process for receipts, empty where no provider can sign for us: then it need not run."""
    found = _chosen(environment, RECEIPTS)
    listens = "SENDGRID_WEBHOOK_PUBLIC_KEY" in found or {"TWILIO_AUTH_TOKEN", "WEBHOOKS_URL"} <= found.keys()
    return found if listens else {}


def _chosen(environment: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    return {name: environment[name] for name in names if environment.get(name)}
