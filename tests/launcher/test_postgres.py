"""The private PostgreSQL of the tests: it answers, it is nobody else's, and it never outlives its caller."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest

from tools import postgres

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(postgres.find_programs() is None, reason="PostgreSQL is not installed here")


def folder_of(url: str) -> Path:
    return Path(unquote(urlsplit(url).netloc.partition("@")[2]))


def running_in(folder: Path) -> list[str]:
    commands = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            commands.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # it ended while we looked
    return [command for command in commands if "postgres" in command and str(folder) in command]


def gone_within(folder: Path, *, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while running_in(folder):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_a_cluster_answers_over_its_socket_only_and_is_cleared_away():
    with postgres.cluster() as url:
        folder = folder_of(url)
        with psycopg.connect(url) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
            assert connection.execute("select upper('é')").fetchone() == ("É",)
        assert folder.stat().st_mode & 0o077 == 0
    assert gone_within(folder, seconds=5)
    assert not folder.exists()


def test_a_cluster_ends_when_its_block_fails():
    folders = []

    def fail():
        with postgres.cluster() as url:
            folders.append(folder_of(url))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert gone_within(folders[0], seconds=5)


HOLDER = """
import time
from tools import postgres
with postgres.cluster() as url:
    print(url, flush=True)
    time.sleep(60)
"""


def test_a_cluster_ends_when_its_caller_is_killed():
    caller = subprocess.Popen([sys.executable, "-c", HOLDER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    folder = folder_of(caller.stdout.readline().strip())
    assert running_in(folder)
    os.kill(caller.pid, signal.SIGKILL)
    caller.communicate(timeout=10)
    assert gone_within(folder, seconds=10)


def test_a_machine_without_postgresql_is_told_so(monkeypatch):
    monkeypatch.setattr(postgres, "find_programs", lambda: None)
    with pytest.raises(postgres.NoPostgresError, match="not installed"), postgres.cluster():
        pass
