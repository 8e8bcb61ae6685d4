"""Text messages by Twilio's client library (SMS_PROVIDER=twilio). Nothing is scheduled there (F46).

Neither the number nor the text is logged or repeated: Twilio's own words hold them, so only its codes are used.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import urlencode

import requests

from clinic.notifications.adapters.sms import judge_length, never_connected, number_to_text
from clinic.notifications.adapters.twilio_words import in_words, is_ours
from clinic.notifications.application.ports import Accepted, LeaseLost, Letter, Unclear
from clinic.notifications.domain.delivery import Failed, NotYet

NO_ANSWER = "Twilio did not answer"
NO_ANSWER_AFTER_POST = "Twilio did not say whether it took the message"
NOT_LET_IN = "Twilio does not accept our credentials"
STALE_AFTER_SECONDS = 4 * 60 * 60
_GIVEN_UP = ("failed", "undelivered", "canceled")


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """`user` and `password` are the account and its token, or an API key and its secret.

    Messages come from `sender` (a number or a name) or from a messaging service. `status_url` is where Twilio tells of
    the delivery, empty where nobody listens. `host` is overridable for tests.
    """

    account_sid: str
    user: str
    password: str = field(repr=False)
    sender: str
    messaging_service_sid: str
    status_url: str
    host: str
    country_codes: tuple[int, ...] = (44,)
    timeout_seconds: float = 10.0


class TwilioSms:
    """The `Transport` port on Twilio's `Messages` resource."""

    def __init__(self, settings: TwilioSettings) -> None:
        from twilio.base.exceptions import TwilioException  # only processes that send by it pay for its memory

        self._settings = settings
        self._trouble = TwilioException
        logging.getLogger("twilio.http_client").setLevel(logging.WARNING)

    def send(self, letter: Letter, hand_over: Callable[[], bool]) -> Accepted | Unclear:
        """Failed on 4xx; NotYet on 401, 403, 429, 503, what we set up wrongly, and without a connection.

        Unclear on silence, other 5xx and an answer that cannot be read.
        """
        settings = self._settings
        number = number_to_text(letter.to_address, settings.country_codes)
        judge_length(letter.short_text)
        messages = self._messages()
        wanted = self._from() | self._status_callback(letter)
        if not hand_over():
            raise LeaseLost
        try:
            taken = messages.create(to=number, body=letter.short_text, validity_period=_valid_for(letter), **wanted)
        except requests.exceptions.ConnectTimeout:
            raise NotYet(NO_ANSWER) from None
        except requests.exceptions.ConnectionError as error:
            if never_connected(error):
                raise NotYet(NO_ANSWER) from None
            return Unclear(NO_ANSWER_AFTER_POST)
        except self._trouble as error:
            return _judge(int(getattr(error, "status", 0)), getattr(error, "code", None))
        except (requests.RequestException, ValueError, LookupError, TypeError, AttributeError):
            return Unclear(NO_ANSWER_AFTER_POST)
        if taken.status in _GIVEN_UP:
            raise Failed(in_words(taken.error_code))
        return Accepted(taken.sid) if taken.sid else Unclear(NO_ANSWER_AFTER_POST)

    def _messages(self) -> Any:
        """Over a fresh connection: an idle one that Twilio closed meanwhile would make the answer unclear."""
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        settings = self._settings
        http = TwilioHttpClient(pool_connections=False, timeout=settings.timeout_seconds)
        client = Client(settings.user, settings.password, settings.account_sid, http_client=http)
        client.api.base_url = settings.host
        return client.messages

    def _from(self) -> dict[str, str]:
        if self._settings.messaging_service_sid:
            return {"messaging_service_sid": self._settings.messaging_service_sid}
        return {"from_": self._settings.sender}

    def _status_callback(self, letter: Letter) -> dict[str, str]:
        if not self._settings.status_url:
            return {}
        about = urlencode({"practice": letter.practice.id, "message": letter.message_id})
        return {"status_callback": f"{self._settings.status_url}?{about}"}


def _valid_for(letter: Letter) -> int:
    """How many seconds Twilio may keep it for itself: not past its last instant, and never long. At least one."""
    return max(1, min(STALE_AFTER_SECONDS, int((letter.not_after - letter.stamped_at).total_seconds())))


def _judge(status: int, code: int | None) -> Unclear:
    """What an error answer means; without a code of Twilio's own the library puts the status there."""
    said = f"{status}" if code in (None, status) else f"{status}, {code}"
    if is_ours(code):
        raise NotYet(f"{in_words(code)} ({said})")
    if status in (401, 403):
        raise NotYet(f"{NOT_LET_IN} ({said})")
    if status in (429, 503):
        raise NotYet(f"Twilio asks to wait ({said})")
    if 300 <= status < 500:
        _refused(code, said)
    return Unclear(f"{NO_ANSWER_AFTER_POST} ({said})")


def _refused(code: int | None, said: str) -> NoReturn:
    raise Failed(f"{in_words(code)} ({said})")
