"""Which provider carries mails and which carries text messages."""

from dataclasses import dataclass

from clinic.notifications.adapters.sendgrid_mail import SendGridSettings, SendGridTransport
from clinic.notifications.adapters.sms import HttpSms, SmsSettings
from clinic.notifications.adapters.smtp import SmtpSettings, SmtpTransport
from clinic.notifications.adapters.twilio_sms import TwilioSettings, TwilioSms
from clinic.notifications.application.ports import Transport
from clinic.notifications.domain.budgets import Budgets


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """Which providers carry mails and texts, and where alerts lead (`staff_url`, the staff pages).

    `mail_provider` is `smtp` or `sendgrid`, `sms_provider` `http` or `twilio`; passwords are never logged.
    """

    mail_provider: str
    smtp: SmtpSettings
    sendgrid: SendGridSettings
    sms_provider: str
    sms: SmsSettings
    twilio: TwilioSettings
    budgets: Budgets
    staff_url: str


def mail_transport(providers: ProviderSettings) -> Transport:
    """The mail provider that the settings name; ValueError for one that there is not."""
    match providers.mail_provider:
        case "smtp":
            return SmtpTransport(providers.smtp)
        case "sendgrid":
            _needed(SENDGRID_API_KEY=providers.sendgrid.api_key)
            return SendGridTransport(providers.sendgrid)
        case other:
            raise ValueError(f"MAIL_PROVIDER {other!r} is neither smtp nor sendgrid")


def sms_transport(providers: ProviderSettings) -> Transport:
    """The provider for texts that the settings name; ValueError for one that there is not, or is set up in part."""
    match providers.sms_provider:
        case "http":
            return HttpSms(providers.sms)
        case "twilio":
            twilio = providers.twilio
            _needed(
                TWILIO_ACCOUNT_SID=twilio.account_sid,
                TWILIO_AUTH_TOKEN=twilio.password,
                TWILIO_FROM=twilio.sender or twilio.messaging_service_sid,
            )
            return TwilioSms(twilio)
        case other:
            raise ValueError(f"SMS_PROVIDER {other!r} is neither http nor twilio")


def _needed(**settings: str) -> None:
    if missing := [name for name, value in settings.items() if not value]:
        raise ValueError(f"the provider needs {', '.join(missing)}")
