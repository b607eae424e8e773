"""The programs of a demonstration: started, waited for, and always stopped again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

# A machine that is busy with other things takes its time.
STARTS_WITHIN_SECONDS = 120.0
STOPS_WITHIN_SECONDS = 8.0


class DidNotStart(Exception):
    """A program ended or stayed silent instead of coming up; its log says why."""

    def __init__(self, name: str, log: Path) -> None:
        super().__init__(name)
        self.name = name
        self.log = log


@contextlib.contextmanager
def program(name: str, *command: str, logs: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a Python module beside this process, its output in a log file; stops it at the end, whatever happened."""
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{name}.log").open("ab") as log:
        # Its own group, so that processes it starts end with it.
        process = subprocess.Popen(
            [sys.executable, "-m", *command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
        try:
            yield process
        finally:
            _stop(process)


def wait_for_portal(base_url: str, process: subprocess.Popen[bytes], *, log: Path) -> None:
    """Returns when the portal answers; raises DidNotStart when it ends or does not answer in time."""
    until = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{base_url}/account/login/", timeout=5).status_code == httpx.codes.OK:
                return
        time.sleep(0.05)
    raise DidNotStart("web", log)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOPS_WITHIN_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
