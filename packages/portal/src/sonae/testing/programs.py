"""The portal's own programs in processes of their own, on the database of the test: started, killed, started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
from django.conf import settings
from django.db import connection

ANSWERS_WITHIN_SECONDS = 90.0
# Leases of half a minute would make a test of fifty kills last for an hour; nothing else differs from `sonae worker`.
SHORT_LEASES = """
import datetime as dt
import sys
import django
django.setup()
from sonae.core.notifications import rules
from sonae.site import cli, worker
from sonae.site.jobs.vocabulary import Pace
rules.LEASE = dt.timedelta(seconds=2)
rules.FIRST_RETRY = dt.timedelta(seconds=0.5)
worker.USUAL = Pace(
    poll=dt.timedelta(seconds=0.1), beat_every=dt.timedelta(seconds=0.5), beat_lasts=dt.timedelta(seconds=3),
    grace=dt.timedelta(seconds=5),
)
sys.argv[1:] = ["worker"]
cli.main()
"""


def database_url() -> str:
    """The database of this very test, as DATABASE_URL names it."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{known['NAME']}"
    host = str(known["HOST"]).replace("/", "%2F")
    secret = f":{known['PASSWORD']}" if known["PASSWORD"] else ""
    port = f":{known['PORT']}" if known["PORT"] else ""
    return f"postgresql://{known['USER']}{secret}@{host}{port}/{known['NAME']}"


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Programs:
    """One web server and one worker, which may die at any moment and come back."""

    def __init__(self, home: Path, *, smtp_port: int, given: Mapping[str, str] | None = None) -> None:
        self.port = a_free_port()
        self.base_url = f"http://localhost:{self.port}"
        self.logs = home / "logs"
        self.logs.mkdir(parents=True)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._commands = {
            "web": ["-m", "sonae.site.cli", "serve", "--port", str(self.port)],
            "worker": ["-c", SHORT_LEASES],
        }
        self._environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "sonae.site.settings",
            "DATABASE_URL": database_url(),
            "SONAE_HOME": str(home),
            # Sessions that the test opens are opened for these programs.
            "SONAE_SECRET_KEY": settings.SECRET_KEY,
            "SONAE_BASE_URL": self.base_url,
            "SONAE_API_PER_MINUTE": "1000000",
            "SONAE_SMTP_HOST": "127.0.0.1",
            "SONAE_SMTP_PORT": str(smtp_port),
            "SONAE_SMTP_TLS": "0",
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        self._environment |= given or {}

    def start(self, *names: str) -> None:
        for name in names:
            with (self.logs / f"{name}.log").open("ab") as log:
                # A group of its own: what it starts dies with it.
                self._running[name] = subprocess.Popen(
                    [sys.executable, *self._commands[name]],
                    env=self._environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip

    def kill(self, *names: str) -> None:
        """As if the power went: no program hears of it."""
        for name in names:
            process = self._running.pop(name)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill_all(self) -> None:
        self.kill(*self._running)

    def wait_for_web(self) -> None:
        """Returns when the portal answers; fails with the end of its log when it does not."""
        until = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while time.monotonic() < until and self._running["web"].poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.base_url}/account/login/", timeout=10).status_code == httpx.codes.OK:
                    return
            time.sleep(0.05)
        raise AssertionError(f"the portal does not answer: {(self.logs / 'web.log').read_text()[-2_000:]}")
