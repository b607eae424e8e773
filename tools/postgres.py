"""A private PostgreSQL for tests and benchmarks: its own folder, a unix socket only, gone when the caller is gone.

    with postgres.cluster() as url: ...

It works as root too (PostgreSQL itself refuses root): the server then runs as `postgres` or, where that user is
missing, as `nobody`.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

STARTS_WITHIN_SECONDS = 60
# A test database may forget everything at a power cut; that is what makes it quick.
FORGETFUL = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
# The server ends when this shell's input closes, so that it never outlives its caller, not even one that was killed.
_UNTIL_INPUT_CLOSES = '"$@" & server=$!; read -r _; kill -INT "$server"; wait "$server"'


class NoPostgresError(Exception):
    """PostgreSQL is not installed here or does not start."""


def find_programs() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest first; none when PostgreSQL is not installed."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -float(path.parent.name))
    on_path = shutil.which("initdb")
    for folder in [*installed, *([Path(on_path).resolve().parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    return None


def _owner() -> pwd.struct_passwd | None:
    """Whom to become when we are root."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """Runs a fresh server while the block runs, and gives its DATABASE_URL."""
    programs = find_programs()
    if programs is None:
        raise NoPostgresError("PostgreSQL (initdb) is not installed here.")
    # Not the caller's TMPDIR: the path of a unix socket may not be longer than about a hundred bytes.
    folder = Path(tempfile.mkdtemp(prefix="sonae-pg-", dir="/tmp"))
    owner = _owner()
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    try:
        _initialise(programs, folder, owner)
        with _running(programs, folder, owner):
            yield f"postgresql://sonae@{quote(str(folder), safe='')}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(programs: Path, folder: Path, owner: pwd.struct_passwd | None) -> None:
    command = [str(programs / "initdb"), "-D", str(folder / "records"), "-U", "sonae", "--auth=trust", "--no-sync"]
    done = subprocess.run(
        [*command, "--encoding=UTF8", "--locale=C.UTF-8"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
    )
    if done.returncode:
        raise NoPostgresError(done.stdout + done.stderr)


@contextlib.contextmanager
def _running(programs: Path, folder: Path, owner: pwd.struct_passwd | None) -> Iterator[None]:
    options = [part for setting in FORGETFUL for part in ("-c", setting)]
    server = [str(programs / "postgres"), "-D", str(folder / "records"), "-k", str(folder), "-c", "listen_addresses="]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["/bin/sh", "-c", _UNTIL_INPUT_CLOSES, "sh", *server, *options],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )
    try:
        _wait_until_it_answers(programs, folder, process)
        yield
    finally:
        assert process.stdin is not None, "the pipe was asked for"
        process.stdin.close()
        process.wait(timeout=30)


def _wait_until_it_answers(programs: Path, folder: Path, process: subprocess.Popen[bytes]) -> None:
    ready = [str(programs / "pg_isready"), "-q", "-h", str(folder), "-U", "sonae", "-d", "postgres"]
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while subprocess.run(ready, check=False).returncode:
        if process.poll() is not None or time.monotonic() > until:
            raise NoPostgresError((folder / "log").read_text("utf-8", errors="replace"))
        time.sleep(0.05)
