"""The database of the tests as a copy of one that has been migrated: the migrations run once, not in every process.

On SQLite the migrated database is a file that also the next run finds, as long as nothing has changed from which it was
made. On PostgreSQL it is a template on the same server.
"""

import contextlib
import fcntl
import hashlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from sonae.core.institutions import services as institutions

_PREFIX = "sonae_migrated_"
_OURS = Path(__file__).resolve().parents[1]
_OUR_IMPORT = re.compile(r"^(?:import|from) sonae\.([\w.]+)", re.MULTILINE)


def what_it_is_made_from(ours: Path = _OURS) -> list[Path]:
    """Every migration of ours, every module that one names, shipped rows, and what chooses the other applications."""
    migrations = sorted(ours.glob("**/migrations/*.py"))
    named = {name for path in migrations for name in _OUR_IMPORT.findall(path.read_text("utf-8"))}
    modules = (ours.joinpath(*name.split(".")) for name in sorted(named))
    places = [place for path in modules for place in (path.with_suffix(".py"), path / "__init__.py") if place.exists()]
    requirements = sorted(ours.parents[3].glob("requirements/*.txt"))
    shipped = ours / "core" / "institutions" / "jurisdictions.toml"
    return [*migrations, *places, shipped, ours / "site" / "settings.py", *requirements]


def key(paths: list[Path]) -> str:
    """The same as long as all these files say the same."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


class Migrated:
    """A migrated database that nobody uses, made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = f"{_PREFIX}{key(what_it_is_made_from())}"

    def copy_to(self, name: str) -> None:
        """Makes a new database of this name (on SQLite: this path) like the migrated one."""
        with _alone(self._folder / f"lock-{connection.vendor}"):
            if connection.vendor == "sqlite":
                for rest in (f"{name}-wal", f"{name}-shm"):
                    Path(rest).unlink(missing_ok=True)
                shutil.copyfile(self._file(), name)
            else:
                self._copy_on_the_server(name)

    def _file(self) -> Path:
        made = self._folder / f"{self._name}.sqlite3"
        if not made.exists():
            for old in self._folder.glob(f"{_PREFIX}*"):
                old.unlink()
            half = made.with_suffix(".half")
            with _connected_to(str(half)):
                _fill()
            with contextlib.closing(sqlite3.connect(half)) as records:
                # One file without a log beside it, so that copying the file copies everything.
                records.execute("PRAGMA journal_mode=DELETE")
            half.rename(made)
        return made

    def _copy_on_the_server(self, name: str) -> None:
        with connection.creation._nodb_cursor() as server:  # type: ignore[attr-defined]
            server.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [_PREFIX])
            there = {row[0] for row in server.fetchall()}
            for old in there - {self._name}:
                server.execute(f'DROP DATABASE "{old}"')
            if self._name not in there:
                half = f"{_PREFIX}half"
                server.execute(f'CREATE DATABASE "{half}"')  # one that a killed run left went with the old ones
                with _connected_to(half):
                    _fill()
                server.execute(f'ALTER DATABASE "{half}" RENAME TO "{self._name}"')
            server.execute(f'DROP DATABASE IF EXISTS "{name}"')
            server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{self._name}"')


def _fill() -> None:
    """The tables, and the inspecting bodies: no institution stands without the one that inspects it."""
    call_command("migrate", verbosity=0, interactive=False)
    institutions.ensure_jurisdictions()


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time makes or copies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _connected_to(name: str) -> Iterator[None]:
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
