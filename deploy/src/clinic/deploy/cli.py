"""`clinic demo …`: the whole product on this machine."""

import json
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from clinic.deploy.facts import tell
from clinic.deploy.run import run, run_detached
from clinic.deploy.running import Running, read_running
from clinic.deploy.stack import answers, end_leftovers, servers_in

demo = typer.Typer(no_args_is_help=True, help="The whole product on this machine.")

CHECKOUT = Path(__file__).resolve().parents[4]
Directory = Annotated[Path, typer.Option(help="Where data, logs and addresses lie.")]
Name = Annotated[str, typer.Argument(help="A process, as `clinic demo status` names it.")]
LOCAL = CHECKOUT / ".local"
STOP_SECONDS = 90.0


@demo.command()
def start(
    directory: Directory = LOCAL,
    detach: Annotated[bool, typer.Option("--detach", help="Return when it is ready.")] = False,
) -> None:
    """Start everything; Ctrl-C stops it. Started twice, it only prints the addresses."""
    if _supervisor(directory) and (directory / "demo.json").exists():
        typer.echo("It runs already.")
        _print_facts(directory)
        return
    raise typer.Exit(run_detached(directory.resolve()) if detach else run(directory.resolve()))


@demo.command()
def stop(directory: Directory = LOCAL) -> None:
    """Stop everything, also what a supervisor that was killed left behind."""
    if supervisor := _supervisor(directory):
        typer.echo("Stopping …")
        supervisor.end(STOP_SECONDS)
    left = end_leftovers(directory.resolve()) if directory.exists() else []
    typer.echo(f"Stopped{' (left behind: ' + ', '.join(left) + ')' if left else ''}.")


@demo.command()
def status(directory: Directory = LOCAL) -> None:
    """Show which processes run; 1 when something does not."""
    if _supervisor(directory) is None:
        typer.echo("It does not run.")
        raise typer.Exit(1)
    held = {file.name for file in (directory / "held").glob("*")}
    found = {file.stem: read_running(file) for file in (directory / "run").glob("*.json")}
    found |= {server.name: server.process() for server in servers_in(directory.resolve())}
    down = 0
    for name, process in sorted(found.items()):
        state = "held" if name in held else "runs" if process else "down"
        down += state == "down"
        typer.echo(f"{name:<24} {state:<6} {process.pid if process else ''}")
    if (directory / "demo.json").exists():
        facts = json.loads((directory / "demo.json").read_text(encoding="utf-8"))
        for service, url in facts["apis"].items():
            ready = answers(f"{url}/readyz")
            down += not ready
            typer.echo(f"{service + ' API':<24} {'ready' if ready else 'not ready':<10} {url}")
        _print_facts(directory)
    raise typer.Exit(1 if down else 0)


@demo.command()
def logs(
    directory: Directory = LOCAL,
    name: Annotated[str, typer.Option(help="One process; all without it.")] = "*",
    follow: Annotated[bool, typer.Option(help="Go on until Ctrl-C.")] = True,
) -> None:
    """Show the last lines of the logs, and what is added."""
    files = sorted(str(file) for file in (directory / "log").glob(f"{name}.log"))
    if not files:
        typer.echo("There are no logs.")
        raise typer.Exit(1)
    subprocess.run(["tail", "-n", "20", *(["-F"] if follow else []), *files], check=False)


@demo.command()
def hold(name: Name, directory: Directory = LOCAL) -> None:
    """Stop one process, `rabbitmq` for example, and keep it down."""
    _known(directory, name)
    (directory / "held" / name).touch()
    typer.echo(f"{name} is being stopped and stays down; `clinic demo release {name}` lets it start again.")


@demo.command()
def release(name: Name, directory: Directory = LOCAL) -> None:
    """Let a held process start again."""
    (directory / "held" / name).unlink(missing_ok=True)
    typer.echo(f"{name} may start.")


def _known(directory: Path, name: str) -> None:
    known = {server.name for server in servers_in(directory.resolve())}
    known |= {file.stem for file in (directory / "run").glob("*.json")} - {"supervisor"}
    if name not in known:
        typer.echo(f"There is no process {name}; there are {', '.join(sorted(known))}.", err=True)
        raise typer.Exit(2)


def _supervisor(directory: Path) -> Running | None:
    return read_running(directory / "run" / "supervisor.json")


def _print_facts(directory: Path) -> None:
    for line in tell(json.loads((directory / "demo.json").read_text(encoding="utf-8"))):
        typer.echo(line)
