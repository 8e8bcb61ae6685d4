"""Where a PostgreSQL server is and the passwords of its roles, made once."""

import json
import secrets
from pathlib import Path

from clinic.infra.private_files import write_private

SUPERUSER = "operator"


class PostgresAddress:
    """A server at `host:port`. `file` keeps the passwords, readable by its owner only."""

    def __init__(self, host: str, port: int, file: Path) -> None:
        self._server = f"{host}:{port}"
        self._file = file

    def url(self, database: str, role: str = SUPERUSER) -> str:
        """The address of a database for a role; the superuser's by default."""
        return f"postgresql://{role}:{self.password(role)}@{self._server}/{database}"

    def password(self, role: str) -> str:
        """The role's password, made when it is first asked for."""
        known: dict[str, str] = json.loads(self._file.read_text()) if self._file.exists() else {}
        if role not in known:
            known[role] = secrets.token_urlsafe(24)
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_private(self._file, json.dumps(known, indent=1))
        return known[role]
