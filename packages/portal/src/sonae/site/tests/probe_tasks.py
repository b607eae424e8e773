"""Jobs that the tests of the worker queue; a worker in another process imports them by this name."""

import os
import signal
import time
from pathlib import Path

from django.tasks import task


@task()
def note(folder: str, name: str) -> str:
    """Leaves a line each time it runs."""
    with (Path(folder) / name).open("a") as file:
        file.write(f"{os.getpid()}\n")
    return name


@task()
def note_slowly(folder: str, name: str, seconds: float) -> str:
    """Leaves a line when it begins, then takes its time, then leaves another."""
    with (Path(folder) / f"{name}.begun").open("a") as file:
        file.write(f"{os.getpid()}\n")
    time.sleep(seconds)
    with (Path(folder) / f"{name}.done").open("a") as file:
        file.write(f"{os.getpid()}\n")
    return name


@task()
def die(folder: str) -> None:
    """Takes its worker with it."""
    with (Path(folder) / "deaths").open("a") as file:
        file.write(f"{os.getpid()}\n")
    os.kill(os.getpid(), signal.SIGKILL)


@task()
def break_down() -> None:
    """Fails each time."""
    raise ArithmeticError("always")
