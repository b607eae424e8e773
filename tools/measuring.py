"""What benchmarks of the portal share: a database of their own, the real web server, and figures of it.

A benchmark calls `on_database` for each database it was asked for: the same program runs again as a child whose
settings name that database and an empty home, and answers with one line of JSON.
"""

import argparse
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import postgres

DATABASES = {"sqlite": ["sqlite"], "postgres": ["postgres"], "both": ["sqlite", "postgres"]}


def asked(description: str | None) -> argparse.Namespace:
    """The arguments that these benchmarks take."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--database", choices=DATABASES, default="sqlite")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def on_database(name: str, program: str, *, quick: bool) -> dict[str, Any]:
    """Runs the program as a child on a fresh database; the last line it prints is its figures."""
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(tempfile.TemporaryDirectory(prefix="sonae-bench-"))
        port = _free_port()
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "sonae.site.settings",
            "SONAE_HOME": home,
            "SONAE_BASE_URL": f"http://localhost:{port}",
            "SONAE_BENCH_PORT": str(port),
            # Figures are those of the product, not of its limit on callers.
            "SONAE_API_PER_MINUTE": "1000000",
        }
        environment.pop("DATABASE_URL", None)
        if name == "postgres":
            environment["DATABASE_URL"] = stack.enter_context(postgres.cluster())
        command = [sys.executable, program, "--child", *(["--quick"] if quick else [])]
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        print(f"\n=== {name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} ===")
        *lines, last = done.stdout.rstrip("\n").split("\n")
        print("\n".join(lines))
        figures: dict[str, Any] = json.loads(last)
        return figures


def run(description: str | None, program: str, measure: Callable[[int], None], *, tenth: int) -> None:
    """The whole of a benchmark: figures of each database, and of the last one as the last line.

    `measure` gets the part of the full size that it takes: 1, or `tenth` when it was asked to be quick.
    """
    how = asked(description)
    if how.child:
        measure(tenth if how.quick else 1)
        return
    found = {name: on_database(name, program, quick=how.quick) for name in DATABASES[how.database]}
    for name, figures in found.items():
        print(name, json.dumps(figures))
    print(json.dumps(found[DATABASES[how.database][-1]]))


def report(by_database: dict[str, dict[str, Any]], *, keys: Sequence[str]) -> None:
    """The last line: the asked figures, of several databases the worst of each."""
    print(json.dumps({key: max(figures[key] for figures in by_database.values()) for key in keys}))


@dataclass(frozen=True, slots=True)
class Times:
    """How long requests took."""

    milliseconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.milliseconds)

    @property
    def p95(self) -> float:
        return sorted(self.milliseconds)[max(0, -(-len(self.milliseconds) * 95 // 100) - 1)]


@dataclass(frozen=True, slots=True)
class Server:
    """A web server and the processes it started."""

    pid: int
    base_url: str

    def pids(self) -> Iterator[int]:
        waiting = [self.pid]
        while waiting:
            pid = waiting.pop()
            yield pid
            for task in Path(f"/proc/{pid}/task").glob("*/children"):
                waiting += map(int, task.read_text().split())

    def memory_mb(self) -> int:
        """What all its processes hold now."""
        return sum(_status(pid, "VmRSS") for pid in self.pids()) // 1024

    def cpu_seconds(self) -> float:
        """What all its processes have computed so far; unlike the clock, another program's work does not count."""
        ticks = sum(
            sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
            for pid in self.pids()
        )
        return ticks / os.sysconf("SC_CLK_TCK")


def port() -> int:
    """The port this child serves on."""
    return int(os.environ["SONAE_BENCH_PORT"])


def _status(pid: int, name: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
