"""Where a demonstration keeps its data, decided before Django reads its settings."""

import errno
import fcntl
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sonae.site import ports
from sonae.site.secrets import private_folder

# A folder that holds this file was made by a demonstration and may be emptied by the next one; no other folder may.
MARKER = ".sonae-demo"
FIRST_PORT = 8000
# The marker is locked while its demonstration runs, and holds the number of that process. The system takes the lock
# away when the process ends, however it ends: a number alone could belong to somebody else by then.
_locks: dict[Path, int] = {}


class NotOurs(Exception):
    """The folder has something in it that no demonstration put there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self.folder = folder


class StillRunning(Exception):
    """Another demonstration uses the folder at this moment."""

    def __init__(self, folder: Path, *, pid: str) -> None:
        super().__init__(str(folder))
        self.folder = folder
        self.pid = pid


class PortTaken(Exception):
    """Another program listens on the port that was asked for."""

    def __init__(self, port: int) -> None:
        super().__init__(str(port))
        self.port = port


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the demonstration stands: its folder and the port of its portal."""

    home: Path
    port: int
    is_temporary: bool

    @property
    def base_url(self) -> str:
        return f"http://localhost:{self.port}"


def prepare(arguments: list[str]) -> Ground:
    """An empty folder and a free port, made known to this process and to every process it starts."""
    port = _port(arguments)
    is_temporary = "--once" in arguments and not _is_given("--home", arguments)
    home = Path(tempfile.mkdtemp(prefix="sonae-demo-")) if is_temporary else _emptied(_named(arguments))
    ground = Ground(home=home, port=port, is_temporary=is_temporary)
    os.environ.update(
        SONAE_HOME=str(home),
        SONAE_BASE_URL=ground.base_url,
        SONAE_HOSTS="localhost,127.0.0.1",
        SONAE_ENVIRONMENT="demo",
        # The ministry's register holds real institutions; a sector without it is made up.
        SONAE_SYNTHETIC="" if _is_given("--register", arguments) else "1",
        SONAE_DEMO_PORT=str(ground.port),
        SONAE_DEMO_TEMPORARY="1" if is_temporary else "",
    )
    for name in ("DATABASE_URL", "SONAE_SMTP_HOST", "SONAE_SECRET_KEY"):
        # A demonstration never touches the records, the mail or the keys of a real installation.
        os.environ.pop(name, None)
    return ground


def current() -> Ground:
    """The ground that `prepare` laid in this process."""
    return Ground(
        home=Path(os.environ["SONAE_HOME"]),
        port=int(os.environ["SONAE_DEMO_PORT"]),
        is_temporary=bool(os.environ["SONAE_DEMO_TEMPORARY"]),
    )


def clear(ground: Ground) -> None:
    """Removes a temporary folder; one that the operator named stays."""
    if ground.is_temporary:
        shutil.rmtree(ground.home, ignore_errors=True)


def _named(arguments: list[str]) -> Path:
    for place, argument in enumerate(arguments):
        if argument == "--home" and place + 1 < len(arguments):
            return Path(arguments[place + 1]).resolve()
        if argument.startswith("--home="):
            return Path(argument.removeprefix("--home=")).resolve()
    return Path("var/demo").resolve()


def _is_given(option: str, arguments: list[str]) -> bool:
    return any(argument.split("=")[0] == option for argument in arguments)


def _emptied(home: Path) -> Path:
    if home.exists() and any(home.iterdir()) and not (home / MARKER).exists():
        raise NotOurs(home)
    private_folder(home)
    _lock(home)
    for entry in home.iterdir():
        if entry.name == MARKER:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    return home


def _lock(home: Path) -> None:
    """Keeps the folder for this process until it ends."""
    if home in _locks:
        os.close(_locks.pop(home))
    marker = os.open(home / MARKER, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as taken:
        pid = os.read(marker, 20).decode("ascii", "replace")
        os.close(marker)
        raise StillRunning(home, pid=pid) from taken
    os.ftruncate(marker, 0)
    os.write(marker, str(os.getpid()).encode())
    _locks[home] = marker


def _port(arguments: list[str]) -> int:
    asked = _asked_port(arguments)
    if asked:
        if not _is_free(asked):
            raise PortTaken(asked)
        return asked
    if _is_free(FIRST_PORT):
        return FIRST_PORT
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _asked_port(arguments: list[str]) -> int:
    for place, argument in enumerate(arguments):
        text = argument.removeprefix("--port=") if argument.startswith("--port=") else ""
        if argument == "--port" and place + 1 < len(arguments):
            text = arguments[place + 1]
        if text.isdecimal() and 0 < int(text) < 65_536:
            return int(text)
    return 0


def _is_free(port: int) -> bool:
    """Whether nobody listens there, by either of the addresses that browsers take "localhost" for."""
    refusals = (ports.refusal_to_listen(address, port) for address in ("127.0.0.1", "::1"))
    # A machine without IPv6 has nobody there.
    return not any(refused and refused.errno in (errno.EADDRINUSE, errno.EACCES) for refused in refusals)
