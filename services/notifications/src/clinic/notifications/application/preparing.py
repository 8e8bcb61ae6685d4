"""From a leased message to a letter: who must be asked is asked now, and a reason not to send stops it here."""

from uuid import UUID

from clinic.notifications.application.compose import body_to_keep, compose, compose_alert, compose_sign_in
from clinic.notifications.application.compose_copy import compose_copy, copy_to_keep
from clinic.notifications.application.ports import Directory, Letter, Outbox
from clinic.notifications.domain.delivery import (
    NO_ADDRESS,
    NO_APPOINTMENT,
    NO_CLIENT,
    NO_REQUEST,
    NO_USER,
    AppointmentNow,
    Contact,
    Failed,
    judge_age,
    judge_contact,
    judge_next_of_kin,
    judge_state,
    wants_copy,
)
from clinic.notifications.domain.messages import Message, SignIn, Told
from clinic.notifications.domain.sign_in_texts import SIGN_IN_BODY_KEPT
from clinic.notifications.domain.variables import as_text

Prepared = tuple[Letter, str]
"""The letter, and its text as it may be stored: without names, addresses and links."""


class Preparation:
    """Makes letters. `staff_url` is the address of the staff pages, where alerts to users lead.

    The day's budget is looked at before a link is minted.
    """

    def __init__(self, outbox: Outbox, directory: Directory, staff_url: str) -> None:
        self._outbox = outbox
        self._directory = directory
        self._staff_url = staff_url

    def prepare(self, message: Message) -> Prepared:
        """The letter of a message. Suppressed, Failed, NotYet or OverBudget where it may not go, for good or now.

        A message to a client whose next of kin wants copies queues one (F45).
        """
        judge_age(message)
        match message.told:
            case SignIn(request_id):
                return self._sign_in(message, request_id)
            case Told() as told:
                return self._about_an_appointment(message, told)

    def _sign_in(self, message: Message, request_id: UUID) -> Prepared:
        practice = self._directory.practice(message.practice_id)
        self._outbox.judge_budget(message, practice.zone)
        minted = self._directory.mint(message.practice_id, request_id)
        if minted is None or minted.channel != message.channel:
            raise Failed(NO_REQUEST)
        return compose_sign_in(message, practice, minted.address, minted.url), SIGN_IN_BODY_KEPT

    def _about_an_appointment(self, message: Message, told: Told) -> Prepared:
        appointment = self._directory.appointment(message.practice_id, told.appointment_id)
        if appointment is None:
            raise Failed(NO_APPOINTMENT)
        judge_state(told, appointment)
        if message.user_id is not None:
            return self._alert(message, told, message.user_id, appointment)
        contact = self._directory.contact(message.practice_id, told.client_id)
        if contact is None:
            raise Failed(NO_CLIENT)
        if message.recipient == "next_of_kin":
            return self._to_the_next_of_kin(message, told, appointment, contact)
        if wants_copy(message, contact):
            self._outbox.copy_to_next_of_kin(message)
        return self._to_the_client(message, told, appointment, contact)

    def _to_the_client(self, message: Message, told: Told, appointment: AppointmentNow, contact: Contact) -> Prepared:
        practice_id = message.practice_id
        to_address = judge_contact(message, contact)
        practice = self._directory.practice(practice_id)
        place = self._directory.place(practice_id, appointment)
        self._outbox.judge_budget(message, practice.zone)
        url = self._directory.link(practice_id, told.client_id, told.appointment_id)
        letter = compose(message, told, appointment, practice, contact, place, to_address, url)
        return letter, body_to_keep(message, told, appointment, practice, place)

    def _to_the_next_of_kin(
        self, message: Message, told: Told, appointment: AppointmentNow, contact: Contact
    ) -> Prepared:
        kin = judge_next_of_kin(message, contact)
        practice = self._directory.practice(message.practice_id)
        place = self._directory.place(message.practice_id, appointment)
        letter = compose_copy(message, told, appointment, practice, contact, kin, place)
        return letter, copy_to_keep(message, told, appointment, practice, place)

    def _alert(self, message: Message, told: Told, user_id: UUID, appointment: AppointmentNow) -> Prepared:
        colleague = self._directory.user(message.practice_id, user_id)
        if colleague is None:
            raise Failed(NO_USER)
        if not colleague.email:
            raise Failed(NO_ADDRESS["email"])
        practice = self._directory.practice(message.practice_id)
        place = self._directory.place(message.practice_id, appointment)
        url = f"{self._staff_url}/p/{practice.slug}/appointments/{told.appointment_id}"
        letter = compose_alert(message, told, appointment, practice, colleague, place, url)
        return letter, as_text(letter.blocks)
