"""What the collector remembers, in one folder that only its owner may read.

Everything that must change together changes in one transaction of an SQLite database: how far a file was read, what was
found in that part, and which files of the event store hold it. A program killed at any moment goes on as if it had
stopped just before the last transaction or just after it.
"""

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Final

from sonae_collector.errors import Reason, StateUnusable

VERSION: Final = 1
_DATABASE: Final = "collector.sqlite3"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(moment: datetime) -> int:
    """An aware moment as it is stored."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment_of(value: int) -> datetime:
    """A stored moment."""
    return _EPOCH + timedelta(microseconds=value)


class State:
    """An open state folder."""

    def __init__(self, folder: Path, sql: sqlite3.Connection) -> None:
        self.folder = folder
        self.sql = sql

    @property
    def events(self) -> Path:
        """Where the event store lies."""
        return self.folder / "events"

    @contextmanager
    def change(self) -> Iterator[None]:
        """Everything inside happens, or nothing."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.sql.execute("ROLLBACK")
            raise
        self.sql.execute("COMMIT")

    def text(self, name: str) -> str:
        """A remembered word, empty at first."""
        row = self.sql.execute("SELECT value FROM single WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def put(self, name: str, value: str) -> None:
        """Remember a word."""
        self.sql.execute("INSERT OR REPLACE INTO single VALUES (?, ?)", (name, value))

    def number(self, name: str) -> int:
        """A remembered figure, 0 at first."""
        return int(self.text(name) or "0")

    def add(self, name: str, more: int) -> None:
        """Let a figure grow."""
        self.put(name, str(self.number(name) + more))

    def count(self, table: str) -> int:
        """How many rows a table (or a table with a condition) has."""
        return int(self.sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - our own words


@contextmanager
def opened(folder: Path) -> Iterator[State]:
    """The state folder, made where there is none, and held by this program alone."""
    _make(folder)
    try:
        with _locked(folder), _connected(folder) as sql:
            _prepare(sql)
            yield State(folder, sql)
    except sqlite3.DatabaseError as refusal:
        raise StateUnusable(Reason.STATE_DAMAGED, folder=str(folder), cause=str(refusal)) from refusal


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    except OSError as refusal:
        raise StateUnusable(Reason.STATE_DAMAGED, folder=str(folder), cause=refusal.strerror or "") from refusal


@contextmanager
def looked_at(folder: Path) -> Iterator[State]:
    """The state folder for reading only, also while a collector works with it."""
    database = folder / _DATABASE
    if not database.is_file():
        raise StateUnusable(Reason.STATE_ABSENT, folder=str(folder))
    try:
        sql = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=10)
        try:
            _check_version(sql)
            yield State(folder, sql)
        finally:
            sql.close()
    except sqlite3.DatabaseError as refusal:
        raise StateUnusable(Reason.STATE_DAMAGED, folder=str(folder), cause=str(refusal)) from refusal


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as refusal:
            raise StateUnusable(Reason.STATE_IN_USE, folder=str(folder)) from refusal
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _connected(folder: Path) -> Iterator[sqlite3.Connection]:
    database = folder / _DATABASE
    # Made before SQLite makes it, so that it and the files beside it never have wider rights.
    os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    sql = sqlite3.connect(database, isolation_level=None, timeout=10)
    try:
        sql.execute("PRAGMA journal_mode = WAL")
        # A power cut must not take back what the portal has been told.
        sql.execute("PRAGMA synchronous = FULL")
        yield sql
    finally:
        sql.close()


def _prepare(sql: sqlite3.Connection) -> None:
    sql.execute("BEGIN EXCLUSIVE")
    if sql.execute("PRAGMA user_version").fetchone()[0] == 0:
        schema = resources.files("sonae_collector").joinpath("schema.sql").read_text(encoding="utf-8")
        for statement in schema.split(";\n"):
            sql.execute(statement)
        sql.execute("INSERT INTO single VALUES ('salt', ?)", (secrets.token_hex(16),))
        sql.execute(f"PRAGMA user_version = {VERSION}")
    sql.execute("COMMIT")
    _check_version(sql)


def _check_version(sql: sqlite3.Connection) -> None:
    found = sql.execute("PRAGMA user_version").fetchone()[0]
    if found != VERSION:
        raise StateUnusable(Reason.STATE_NEWER, found=str(found), known=str(VERSION))
