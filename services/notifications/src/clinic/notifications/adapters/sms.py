"""Text messages by HTTP: `POST SMS_URL {to, from, text}`, numbers in E.164. In development the mailbox takes them."""

from collections.abc import Callable
from dataclasses import dataclass

import phonenumbers
import requests

from clinic.notifications.application.ports import Accepted, LeaseLost, Letter, Unclear
from clinic.notifications.domain.delivery import Failed, NotYet
from clinic.notifications.domain.short_text import MOST_SEGMENTS, TOO_LONG, segments

NOT_A_NUMBER = "the mobile number is not valid"
NOT_ALLOWED = "text messages are not sent to this country"
COSTS_MORE = "text messages are not sent to premium rate numbers"
NO_ANSWER = "the text message service did not answer"
NO_ANSWER_AFTER_POST = "the text message service did not say whether it took the message"
_DEAR = (phonenumbers.PhoneNumberType.PREMIUM_RATE, phonenumbers.PhoneNumberType.SHARED_COST)


@dataclass(frozen=True, slots=True)
class SmsSettings:
    """Where text messages go. `country_codes` is the allow-list against pumping (promises.md), +44 by default."""

    url: str
    sender: str = "Clinic"
    country_codes: tuple[int, ...] = (44,)
    timeout_seconds: float = 10.0


class HttpSms:
    """The `Transport` port for a plain HTTP service."""

    def __init__(self, settings: SmsSettings) -> None:
        self._settings = settings

    def send(self, letter: Letter, hand_over: Callable[[], bool]) -> Accepted | Unclear:
        """Failed on a bad number and on 4xx; NotYet on 429, 503, no connection; Unclear on silence and other 5xx."""
        number = number_to_text(letter.to_address, self._settings.country_codes)
        judge_length(letter.short_text)
        if not self._settings.url:
            raise NotYet("no text message service is set up")
        if not hand_over():
            raise LeaseLost
        try:
            answer = self._post({"to": number, "from": self._settings.sender, "text": letter.short_text})
        except requests.exceptions.ConnectTimeout:
            raise NotYet(NO_ANSWER) from None
        except requests.exceptions.ConnectionError as error:
            if never_connected(error):
                raise NotYet(NO_ANSWER) from None
            return Unclear(NO_ANSWER_AFTER_POST)
        except requests.RequestException:
            return Unclear(NO_ANSWER_AFTER_POST)
        if answer.status_code in (429, 503):
            raise NotYet(f"the text message service asks to wait ({answer.status_code})")
        if answer.status_code >= 500:
            return Unclear(f"{NO_ANSWER_AFTER_POST} ({answer.status_code})")
        if answer.status_code >= 300:
            raise Failed(f"the text message service refused it ({answer.status_code})")
        return Accepted(f"sms-{letter.message_id}")

    def _post(self, body: dict[str, str]) -> requests.Response:
        """Over a fresh connection: an idle one that the service closed meanwhile would make the answer unclear."""
        with requests.Session() as session:
            session.trust_env = False
            timeout = self._settings.timeout_seconds
            return session.post(self._settings.url, json=body, timeout=timeout, allow_redirects=False)


def number_to_text(mobile: str, country_codes: tuple[int, ...]) -> str:
    """The number in E.164; Failed where it is none, or one that nobody should pay for (promises.md, "SMS pumping")."""
    try:
        number = phonenumbers.parse(mobile, "GB")
    except phonenumbers.NumberParseException:
        raise Failed(NOT_A_NUMBER) from None
    if not phonenumbers.is_possible_number(number):
        raise Failed(NOT_A_NUMBER)
    if number.country_code not in country_codes:
        raise Failed(NOT_ALLOWED)
    if phonenumbers.number_type(number) in _DEAR:
        raise Failed(COSTS_MORE)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def judge_length(text: str) -> None:
    """Failed where the text is charged as more than three segments."""
    if segments(text) > MOST_SEGMENTS:
        raise Failed(TOO_LONG)


def never_connected(error: requests.exceptions.ConnectionError) -> bool:
    """Whether no connection came about, so that nothing can have been taken."""
    reason = error.args[0] if error.args else None
    cause = getattr(reason, "reason", reason)
    return type(cause).__name__ in {"NewConnectionError", "ConnectTimeoutError", "NameResolutionError"}
