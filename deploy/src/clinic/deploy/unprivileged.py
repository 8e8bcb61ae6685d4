"""As whom a private PostgreSQL runs: initdb and postgres refuse root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OUTSIDE = Path("/var/tmp")  # noqa: S108 - only root's private, unguessable directories are made there
PREFIX = "clinic-portal-"


@dataclass(frozen=True, slots=True)
class Account:
    """A system account; `None` as uid means that the caller's own is used."""

    uid: int | None = None
    gid: int | None = None

    def arguments(self) -> dict[str, Any]:
        """What subprocess needs to run something as this account."""
        return {} if self.uid is None else {"user": self.uid, "group": self.gid, "extra_groups": []}


def account() -> Account:
    """The caller's own account; when that is root, `postgres` or, where there is none, `nobody`."""
    if os.geteuid() != 0:
        return Account()
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(found.pw_uid, found.pw_gid)
    raise LookupError("there is neither an account `postgres` nor `nobody` to run PostgreSQL as")


def home_for(directory: Path, owner: Account) -> Path:
    """A directory that `owner` can reach and owns: `directory`, or one outside where `directory` is closed to it.

    A checkout under /root is closed to everybody else. The place outside is remembered in `<directory>.place`; places
    of checkouts that are gone are removed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if owner.uid is None or owner.gid is None:
        directory.chmod(0o700)
        return directory
    os.chown(directory, owner.uid, owner.gid)
    directory.chmod(0o700)
    if subprocess.run(["test", "-x", str(directory)], check=False, cwd="/", **owner.arguments()).returncode == 0:
        return directory
    return _place_outside(directory, owner)


def remove_home(directory: Path) -> None:
    """Deletes what `home_for` gave, inside or outside."""
    note = directory.with_name(directory.name + ".place")
    shutil.rmtree(directory, ignore_errors=True)
    if note.exists():
        note.unlink()
        _remove_orphans()


def _place_outside(directory: Path, owner: Account) -> Path:
    note = directory.with_name(directory.name + ".place")
    _remove_orphans()
    if note.exists() and (place := Path(note.read_text(encoding="utf-8"))).is_dir():
        return place
    place = Path(tempfile.mkdtemp(prefix=PREFIX, dir=OUTSIDE))
    os.chown(place, owner.uid or 0, owner.gid or 0)
    note.write_text(str(place), encoding="utf-8")
    place.with_name(place.name + ".of").write_text(str(note), encoding="utf-8")
    return place


def _remove_orphans() -> None:
    for mark in OUTSIDE.glob(f"{PREFIX}*.of"):
        place, note = mark.with_suffix(""), Path(mark.read_text(encoding="utf-8"))
        if mark.stat().st_uid == 0 and not (note.exists() and note.read_text(encoding="utf-8") == str(place)):
            shutil.rmtree(place, ignore_errors=True)
            mark.unlink(missing_ok=True)
