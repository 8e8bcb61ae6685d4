"""`clinic consumers …` without a database."""

from typer.testing import CliRunner

from clinic.infra.operating_commands import consumers


def test_an_unknown_service_is_refused_with_the_names_of_those_there_are() -> None:
    result = CliRunner().invoke(consumers, ["list", "diary"])
    assert result.exit_code == 2
    assert "there are identity, appointments, availability, notifications" in result.output
