"""Ports and secrets of an instance."""

import hashlib
import json
import socket
import stat
from pathlib import Path

import pytest

from clinic.deploy.facts import tell
from clinic.deploy.instance import CALLS, PORTS, PRIVATE, open_instance
from clinic.deploy.postgres import PrivatePostgres
from clinic.deploy.processes import operator_environment, processes
from clinic.deploy.topology import PUBLISHERS
from clinic.infra.proof.heads import Signer


def test_a_second_start_keeps_ports_and_secrets(tmp_path: Path) -> None:
    assert open_instance(tmp_path) == open_instance(tmp_path)


def test_a_port_that_somebody_took_is_moved_and_the_others_stay(tmp_path: Path) -> None:
    first = open_instance(tmp_path)
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", first.ports["client"]))
        somebody.listen()
        second = open_instance(tmp_path)
    moved = {name for name in PORTS if first.ports[name] != second.ports[name]}
    assert moved == {"client"}


def test_two_instances_share_no_port_and_no_secret(tmp_path: Path) -> None:
    one, other = open_instance(tmp_path / "one"), open_instance(tmp_path / "other")
    assert len(set(one.ports.values())) == len(PORTS)
    assert not set(one.secrets.values()) & set(other.secrets.values())


def test_secrets_are_readable_by_their_owner_only_and_never_printed(tmp_path: Path) -> None:
    instance = open_instance(tmp_path)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert not [secret for secret in instance.secrets.values() if secret in repr(instance)]


def test_other_accounts_look_into_nothing_that_holds_links_log_ins_or_personal_data(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(mode=0o755)
    open_instance(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o711
    modes = {name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in PRIVATE}
    assert {"log", "mailbox", "sample"} <= modes.keys()
    assert set(modes.values()) == {0o700}


def test_every_pair_has_a_key_of_its_own_that_only_the_callee_accepts(tmp_path: Path) -> None:
    instance = open_instance(tmp_path)
    keys = [key for caller in CALLS for key in instance.service_keys(caller).values()]
    assert len(set(keys)) == len(keys)
    for caller, callees in CALLS.items():
        for callee in callees:
            digest = hashlib.sha256(instance.service_keys(caller)[callee].encode()).hexdigest()
            assert instance.accepted_keys(callee)[caller] == digest


def test_only_identity_can_sign_tokens_and_reach_the_keys_to_unseal_or_to_destroy(tmp_path: Path) -> None:
    instance = open_instance(tmp_path)
    found = processes(instance, PrivatePostgres(tmp_path / "postgres", instance.ports["postgres"]))
    signers = {process.name for process in found if "TOKEN_SIGNING_KEY" in process.environment}
    keepers = {process.name for process in found if "KEYS_DATABASE_URL" in process.environment}
    assert (signers, keepers) == ({"identity-api"}, {"identity-api", "identity-worker"})


def test_each_sealer_has_a_key_of_its_own_that_nobody_else_is_given(tmp_path: Path) -> None:
    instance = open_instance(tmp_path)
    found = processes(instance, PrivatePostgres(tmp_path / "postgres", instance.ports["postgres"]))
    keys = {process.name: process.environment.get("LEDGER_SIGNING_KEY") for process in found}
    sealers = {name: key for name, key in keys.items() if key}
    assert set(sealers) == {f"{service}-sealer" for service in PUBLISHERS}
    assert len({Signer(key).key_id for key in sealers.values()}) == len(PUBLISHERS)
    for process in found:
        given = {name for name, key in sealers.items() if key in process.environment.values()}
        assert given == {process.name} & set(sealers), process.name
    for process in found:
        if process.name in sealers:
            assert not {"AMQP_URL", "SERVICE_KEYS", "TOKEN_SIGNING_KEY"} & set(process.environment)


def test_operators_look_for_heads_where_the_sealers_write_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEALED_HEADS_DIRECTORY", raising=False)
    instance = open_instance(tmp_path)
    postgres = PrivatePostgres(tmp_path / "postgres", instance.ports["postgres"])
    for directory in (str(tmp_path / "heads"), "/mnt/elsewhere"):
        written = {
            process.environment["SEALED_HEADS_DIRECTORY"]
            for process in processes(instance, postgres)
            if process.name.endswith("-sealer")
        }
        assert written == {operator_environment(instance, postgres)["SEALED_HEADS_DIRECTORY"]} == {directory}
        monkeypatch.setenv("SEALED_HEADS_DIRECTORY", "/mnt/elsewhere")


def test_a_directory_of_a_release_without_sealers_gets_the_keys_and_keeps_the_rest(tmp_path: Path) -> None:
    first = open_instance(tmp_path).secrets
    old = {name: value for name, value in first.items() if not name.startswith("ledger signing key")}
    (tmp_path / "secrets.json").write_text(json.dumps(old))
    second = open_instance(tmp_path).secrets
    assert second.keys() == first.keys()
    assert {name: second[name] for name in old} == old


def test_each_process_has_the_role_that_it_is_named_after_and_the_portal_has_no_database(tmp_path: Path) -> None:
    instance = open_instance(tmp_path)
    for process in processes(instance, PrivatePostgres(tmp_path / "postgres", instance.ports["postgres"])):
        url = process.environment.get("DATABASE_URL")
        service, _, kind = process.name.partition("-")
        if service in {"portal", "mailbox"}:
            assert url is None
            assert "AMQP_URL" not in process.environment
        else:
            assert url is not None
            assert url.startswith(f"postgresql://{service}_{kind}:")
            assert url.endswith(f"/{service}")


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    instance = open_instance(tmp_path)
    postgres = PrivatePostgres(tmp_path / "postgres", instance.ports["postgres"])
    lines = " ".join(" ".join(process.command) for process in processes(instance, postgres))
    passwords = json.loads((tmp_path / "postgres.json").read_text()).values()
    assert not [secret for secret in (*instance.secrets.values(), *passwords) if secret in lines]


def test_an_operator_gets_the_ops_role_of_every_database(tmp_path: Path) -> None:
    instance = open_instance(tmp_path)
    found = operator_environment(instance, PrivatePostgres(tmp_path / "postgres", instance.ports["postgres"]))
    databases = {name: url for name, url in found.items() if name.endswith("_OPS_DATABASE_URL")}
    assert len(databases) == 5
    assert all("_ops:" in url for url in databases.values())


def test_what_is_printed_leads_to_each_practices_staff_pages() -> None:
    login = {"practice": "elm-road", "email": "a@elm.example", "password": "p", "role": "auditor", "name": "A"}
    places = {"client_portal": "http://c", "staff": "http://s", "mailbox": "http://m", "apis": {}}
    lines = list(tell({**places, "logins": [login, login], "sample_clients": []}))
    assert [line.split()[-1] for line in lines if line.startswith("Staff pages")] == ["http://s/p/elm-road"]


def test_twins_and_a_family_are_printed_with_the_address_that_they_share() -> None:
    places = {"client_portal": "http://c", "staff": "http://s", "mailbox": "http://m", "apis": {}, "logins": []}
    one = {"practice": "elm-road", "first_name": "Orla", "last_name": "Byrne", "date_of_birth": "1991-06-14"}
    orla = one | {"postcode": "L17 8XY", "contact": "twins@example.org"}
    niamh = orla | {"first_name": "Niamh"}
    lines = list(tell({**places, "sample_clients": [], "twins": [orla, niamh], "family": []}))
    (said,) = (number for number, line in enumerate(lines) if line.startswith("Twins"))
    assert lines[said].endswith("ask for a link at http://c/p/elm-road with twins@example.org")
    assert [line.split()[0] for line in lines[said + 1 :]] == ["Orla", "Niamh"]
