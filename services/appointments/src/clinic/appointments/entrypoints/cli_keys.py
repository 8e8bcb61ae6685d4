"""Which public keys the commands of the sealed ledger trust: the operator's own, or those that the sealer left."""

import os
from pathlib import Path
from typing import Annotated

import typer

from clinic.appointments.bootstrap import SERVICE
from clinic.appointments.entrypoints.cli_moments import end
from clinic.appointments.entrypoints.cli_support import DIFFERENT, USAGE
from clinic.infra.proof.heads import PUBLIC_KEYS, BadKey, PublicKeys, read_public_keys

KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key",
        help="The public key: a file (public-keys.json, or one key in base64) or the base64 itself."
        " By default public-keys.json of SEALED_HEADS_DIRECTORY.",
        metavar="PUBLIC",
    ),
]


def trusted_keys(given: str | None) -> PublicKeys:
    """The keys, or the end of the command: 2 where what was given is no key, 3 where the sealer left none."""
    try:
        if given is not None:
            return read_public_keys(given)
        file = left_keys()
        if file is None:
            end("SEALED_HEADS_DIRECTORY is not set: use the environment of `.local/env`, or give --key PUBLIC.", USAGE)
        if not file.exists():
            end(f"There is no {file}: no sealer has ever signed a head here; or give --key PUBLIC.", DIFFERENT)
        return read_public_keys(str(file))
    except BadKey as error:
        end(f"{error}.", USAGE if given is not None else DIFFERENT)


def left_keys() -> Path | None:
    """Where the sealer leaves its public keys."""
    directory = os.environ.get("SEALED_HEADS_DIRECTORY")
    return Path(directory) / SERVICE / PUBLIC_KEYS if directory else None
