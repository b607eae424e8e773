"""The portal as a program of its own, on a free port of loopback, with a database that holds the journeys' world."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings

from sonae.testing.migrated import Migrated

ROOT = Path(__file__).resolve().parents[2]
ANSWERS_WITHIN_SECONDS = 60


class DidNotStart(Exception):
    """The portal or its world could not be brought up; what it said stands in the message."""


@dataclass(frozen=True, slots=True)
class Portal:
    """Where it answers, and what there is in it."""

    url: str
    facts: dict[str, Any]

    def id(self, name: str) -> str:
        return str(self.facts["ids"][name])

    def person(self, part: str) -> dict[str, str]:
        found: dict[str, str] = self.facts["people"][part]
        return found

    def hospital(self, part: str) -> dict[str, Any]:
        found: dict[str, Any] = self.facts["hospitals"][part]
        return found

    def secret(self, name: str) -> str:
        return str(self.facts["secrets"][name])


@contextmanager
def running(folder: Path, migrated: Migrated) -> Iterator[Portal]:
    """A portal that answers until the block ends."""
    port = _free_port()
    surroundings = _surroundings(folder, port) | {"DATABASE_URL": _new_database(folder, migrated)}
    facts = folder / "facts.json"
    _run([sys.executable, "-m", "tests.journeys.world", str(facts)], surroundings)
    log = folder / "portal.log"
    with log.open("w") as said:
        program = subprocess.Popen(
            [sys.executable, "-m", "sonae.site.cli", "serve", "--port", str(port)],
            env=surroundings,
            cwd=ROOT,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_it_answers(program, port, log)
        yield Portal(surroundings["SONAE_BASE_URL"], json.loads(facts.read_text(encoding="utf-8")))
    finally:
        program.terminate()
        try:
            program.wait(timeout=20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.wait()


def _surroundings(folder: Path, port: int) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SONAE_", "DATABASE_", "COV_"))}
    return kept | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *(path for path in sys.path if path)]),
        "DJANGO_SETTINGS_MODULE": "sonae.site.settings",
        "SONAE_HOME": str(folder),
        "SONAE_BASE_URL": f"http://localhost:{port}",
        "SONAE_SYNTHETIC": "1",
    }


def _new_database(folder: Path, migrated: Migrated) -> str:
    """A database of the same kind as the rest of this run uses, with nothing in it yet but its tables."""
    if "postgresql" not in settings.DATABASES["default"]["ENGINE"]:
        migrated.copy_to(str(folder / "sonae.sqlite3"))
        return f"sqlite:///{folder / 'sonae.sqlite3'}"
    name = f"journeys_{secrets.token_hex(4)}"
    migrated.copy_to(name)
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def _run(command: list[str], surroundings: dict[str, str]) -> None:
    done = subprocess.run(command, env=surroundings, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise DidNotStart(done.stderr[-4_000:])


def _wait_until_it_answers(program: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + ANSWERS_WITHIN_SECONDS
    while time.monotonic() < until:
        if program.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise DidNotStart(log.read_text(encoding="utf-8", errors="replace")[-4_000:])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
