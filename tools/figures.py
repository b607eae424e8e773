"""One benchmark at a tenth of its size, and whether its last line is what a program may rely on.

python -m tools.figures NAME [KEY …]    fails unless the last line is one object of JSON (with exactly these keys)

A ratio to a peer may be null, where that peer is not on this machine; which ones are is said.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RATIO = "speedup_vs_"  # how many times as fast as the peer that the rest of the key names


def problem_with(said: str, *, keys: list[str]) -> str:
    """Why the last line of `said` is not the figures that were asked for; empty when it is."""
    last = said.rstrip("\n").rpartition("\n")[2]
    try:
        figures: Any = json.loads(last)
    except ValueError:
        return f"The last line is no JSON: {last!r}"
    if not isinstance(figures, dict) or not figures:
        return f"The last line is no object with figures: {last}"
    if keys and set(figures) != set(keys):
        return f"The last line has {sorted(figures)}, asked were {sorted(keys)}."
    known = {key: figure for key, figure in figures.items() if not (figure is None and key.startswith(RATIO))}
    strange = [key for key, figure in known.items() if isinstance(figure, bool) or not isinstance(figure, int | float)]
    return f"These are no numbers: {strange}" if strange else ""


def without_peer(said: str) -> list[str]:
    """The ratios that are null in figures of which nothing is wrong: their peer is not on this machine."""
    figures: dict[str, object] = json.loads(said.rstrip("\n").rpartition("\n")[2])
    return [key for key, figure in figures.items() if figure is None]


def main() -> int:
    name, *keys = sys.argv[1:]
    began = time.monotonic()
    command = [str(ROOT / "sonae"), "bench", name, "--quick"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout, end="")
    print(f"\n{name} --quick took {time.monotonic() - began:.0f} s")
    problem = problem_with(done.stdout, keys=keys)
    if done.returncode or problem:
        print(problem or f"It ended with {done.returncode}.", file=sys.stderr)
        return 1
    for key in without_peer(done.stdout):
        print(f"{key} is null: {key.removeprefix(RATIO)} is not on this machine, and nothing was compared.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
