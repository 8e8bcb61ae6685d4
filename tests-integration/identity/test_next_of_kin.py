"""A client's next of kin (F45): kept, changed and told to notifications; they open nothing and are found by nobody."""

from typing import Any

import msgspec

from clinic.identity.entrypoints.import_practice import importer
from clinic.infra.importing import ImportContext
from clinic.kernel.practice_directory import ClientRow, PracticeDirectory

KIN = {
    "next_of_kin_name": "Ruth Marlow", "next_of_kin_email": "ruth@example.org", "next_of_kin_mobile": "+447700900777",
    "next_of_kin_email_opt_in": True, "next_of_kin_sms_opt_in": False,
}  # fmt: skip


def test_next_of_kin_is_kept_in_one_spelling_and_recorded_without_values(identity: Any) -> None:
    olga, pat = identity.staff_token(), identity.ids["client", "pat"]
    shown = identity.call("GET", f"/clients/{pat}", as_=olga).get_json()
    assert [shown[name] for name in KIN] == ["", "", "", False, False]
    typed = {**KIN, "next_of_kin_email": "Ruth@Example.org ", "next_of_kin_mobile": "07700 900 777"}
    answer = identity.call("PATCH", f"/clients/{pat}", typed, as_=olga, If_Match='"1"')
    assert answer.status_code == 200, answer.text
    assert KIN.items() <= answer.get_json().items()
    assert identity.call("GET", f"/clients/{pat}", as_=olga).get_json() == answer.get_json()
    ((data,),) = identity.execute("SELECT data FROM events WHERE type = 'ClientDetailsChanged'")
    assert msgspec.json.decode(data)["changed"] == [name for name in KIN if KIN[name]]
    wrong = identity.call("PATCH", f"/clients/{pat}", {"next_of_kin_mobile": "12"}, as_=olga, If_Match='"2"')
    assert (wrong.status_code, set(wrong.get_json()["errors"])) == (422, {"next_of_kin_mobile"})


def test_notifications_is_told_next_of_kin_or_that_there_is_nobody(identity: Any) -> None:
    olga, pat = identity.staff_token(), identity.ids["client", "pat"]
    path = f"/clients/{pat}/contact?practice={identity.practice_id}"
    assert identity.call("GET", path, as_="notifications").get_json()["next_of_kin"] is None
    identity.call("PATCH", f"/clients/{pat}", KIN, as_=olga, If_Match='"1"')
    assert identity.call("GET", path, as_="notifications").get_json()["next_of_kin"] == {
        "name": "Ruth Marlow", "email": "ruth@example.org", "mobile": "+447700900777", "email_opt_in": True,
        "sms_opt_in": False,
    }  # fmt: skip


def test_a_changed_next_of_kin_ends_nothing_and_finds_nobody(identity: Any) -> None:
    token, olga, pat = identity.link(), identity.staff_token(), identity.ids["client", "pat"]
    session = identity.confirm(token)["session"]
    for version in (1, 2):
        changes = {**KIN, "next_of_kin_email": f"ruth{version}@example.org"}
        answer = identity.call("PATCH", f"/clients/{pat}", changes, as_=olga, If_Match=f'"{version}"')
        assert answer.status_code == 200
    assert identity.open(token)["state"] == "ready"
    assert identity.look_up(session).status_code == 200
    for word in ("ruth", "ruth2@example.org", "07700900777"):
        assert identity.call("GET", f"/clients?q={word}", as_=olga).get_json() == {"clients": []}


def test_an_import_brings_next_of_kin(identity: Any, practice_row: Any) -> None:
    kay = ClientRow("kay", "Kay", "Lee", None, "", "", "", False, False, *KIN.values())  # type: ignore[arg-type]
    context = ImportContext()
    importer(PracticeDirectory(practice_row, clients=(kay,)), context)
    path = f"/clients/{context.ids['client', 'kay']}"
    assert KIN.items() <= identity.call("GET", path, as_=identity.staff_token()).get_json().items()
