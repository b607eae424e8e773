"""Makes the environment `./sonae` runs in: standard library only, started by the launcher with the Python it found.

Promises: two starts at once do not meet (a lock the kernel drops with its holder); an installation killed at any moment
is done again from the beginning; nothing is installed whose bytes are not in requirements/, and nothing is built.
"""

import argparse
import contextlib
import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SETS = ("run", "postgres", "dev", "browser")
SOURCES = ("portal", "wire", "engine", "collector")
# EX_UNAVAILABLE of sysexits.h: something outside this clone could not be had.
UNAVAILABLE = 69


class NotToBeHadError(Exception):
    """What could not be had, in Japanese and in English."""

    def __init__(self, japanese: str, english: str) -> None:
        super().__init__(english)
        self.japanese = japanese
        self.english = english


def say(japanese: str, english: str) -> None:
    """One line to the person at the terminal, in the language of their environment."""
    language = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    if language.startswith("ja"):
        text = japanese
    elif language.startswith("en"):
        text = english
    else:
        text = f"{japanese} / {english}"
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def only_one(state: Path) -> Iterator[None]:
    """Waits until no other start works on this environment."""
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(
                "別の起動が環境を準備中です。終わるのを待っています…",
                "Another start is preparing the environment; waiting …",
            )
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class Environment:
    """A virtual environment and the notes that tell what of it is finished."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.notes = folder / "sonae"
        self.interrupted = self.notes / "installing"

    def note(self, name: str) -> str:
        path = self.notes / name
        return path.read_text("utf-8") if path.exists() else ""

    @property
    def is_ours(self) -> bool:
        return self.note("made") != ""

    @property
    def runs(self) -> bool:
        return self.python.exists() and _succeeds(
            [str(self.python), "-c", "import sys; sys.exit(sys.version_info < (3, 12))"]
        )

    def lacks(self, root: Path, names: list[str]) -> list[str]:
        if self.interrupted.exists():
            return names
        return [name for name in names if self.note(f"{name}.txt") != _requirements(root, name).read_text("utf-8")]


def chosen_environment(root: Path, state: Path) -> Environment:
    """`.venv` of the clone, unless that is somebody's own and of no use to us: then one beside it."""
    beside = Environment(state / "venv")
    if state != root / ".sonae":
        return beside
    usual = Environment(root / ".venv")
    if not usual.folder.exists() or usual.is_ours or usual.runs:
        return usual
    return beside


def make(environment: Environment, root: Path) -> None:
    """A fresh environment in place of a missing, moved or half-made one of ours."""
    if environment.runs and (not environment.is_ours or _is_sound(environment, root)):
        environment.notes.mkdir(exist_ok=True)
        return
    shutil.rmtree(environment.folder, ignore_errors=True)
    # Written first: whatever is killed from here on is known to be ours and is cleared away by the next start.
    environment.notes.mkdir(parents=True)
    (environment.notes / "made").write_text("by ./sonae\n", "utf-8")
    environment.interrupted.touch()
    if importlib.util.find_spec("ensurepip"):
        command = [sys.executable, "-m", "venv", str(environment.folder)]
    else:
        # Debian keeps ensurepip in a package of its own; uv makes environments without it.
        command = [uv(root), "venv", "--quiet", "--no-project", "--allow-existing", "--python", sys.executable]
        command.append(str(environment.folder))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise NotToBeHadError(
            f"{environment.folder} に Python の環境を作れませんでした。",
            f"No environment could be made in {environment.folder}.",
        )


def _is_sound(environment: Environment, root: Path) -> bool:
    return not environment.interrupted.exists() and environment.note("root") == f"{root}\n"


def install(environment: Environment, root: Path, names: list[str]) -> None:
    """Installs the sets `names`; only when all is done does the environment count as having them."""
    was_interrupted = environment.interrupted.exists()
    environment.interrupted.touch()
    command = [*installer(environment, root), "--require-hashes", "--only-binary", ":all:", "--no-deps"]
    if was_interrupted and not environment.is_ours:
        command.append("--force-reinstall")
    for name in names:
        command += ["-r", str(_requirements(root, name))]
    say(
        "環境を準備しています(初回は 1 分ほどかかります)…",
        "Preparing the environment (about a minute the first time) …",
    )
    began = time.monotonic()
    _run_with_progress(command, sum(_requirements(root, name).read_text("utf-8").count("==") for name in names))
    for name in names:
        shutil.copyfile(_requirements(root, name), environment.notes / f"{name}.txt")
    seconds = round(time.monotonic() - began)
    say(f"環境の準備ができました({seconds} 秒)。", f"The environment is ready ({seconds} s).")


def installer(environment: Environment, root: Path) -> list[str]:
    """The beginning of a command that installs packages into the environment."""
    if _succeeds([str(environment.python), "-m", "pip", "--version"]):
        return [str(environment.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    return [uv(root), "pip", "install", "--python", str(environment.python)]


def uv(root: Path) -> str:
    """The uv program the launcher finds or brings."""
    found = subprocess.run([str(root / "sonae"), "--which-uv"], stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        raise NotToBeHadError(
            "この Python には venv と pip がなく、uv も取得できませんでした。python3-venv か uv を入れてください。",
            "This Python has no venv and pip, and uv could not be fetched; please install python3-venv or uv.",
        )
    return found.stdout.strip()


def _run_with_progress(command: list[str], packages: int) -> None:
    surroundings = os.environ | {"PYTHONUNBUFFERED": "1", "UV_SYSTEM_CERTS": "true", "UV_NATIVE_TLS": "true"}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=surroundings
        ) as installer:
            assert installer.stdout is not None, "the pipe was asked for"
            done = 0
            for line in installer.stdout:
                log.write(line)
                if line.startswith(("Collecting ", "Requirement already satisfied")):
                    done += 1
                    _draw(done, packages)
        if sys.stderr.isatty():
            print(file=sys.stderr)
        if installer.returncode:
            log.seek(0)
            sys.stderr.writelines(log.readlines()[-20:])
            raise NotToBeHadError(
                "必要なパッケージを取得できませんでした。ネットワークをご確認のうえ、もう一度お試しください。",
                "The packages could not be fetched; please check the network and try again.",
            )


def _draw(done: int, packages: int) -> None:
    if sys.stderr.isatty():
        filled = min(30, round(30 * done / max(packages, 1)))
        print(f"\r[{'#' * filled}{'.' * (30 - filled)}] {done}/{packages}", end="", file=sys.stderr, flush=True)


def point_at_source(environment: Environment, root: Path, state: Path) -> None:
    """Lets the environment's Python import the four programs.

    A .pth file rather than editable installs: those would run a build backend that requirements/ does not pin.
    """
    source = root
    if state != root / ".sonae":
        source = state / "source"
        draft = state / f"source.{os.getpid()}"
        shutil.copytree(root / "packages", draft / "packages", ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        for path in [draft, *draft.rglob("*")]:
            path.chmod(path.stat().st_mode | 0o200)
        shutil.rmtree(source, ignore_errors=True)
        draft.rename(source)
        (environment.notes / "source").touch()
    asked = [str(environment.python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site_packages = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()
    lines = "".join(f"{source / 'packages' / name / 'src'}\n" for name in SOURCES)
    (Path(site_packages) / "sonae-clone.pth").write_text(lines, "utf-8")


def prepare(root: Path, state: Path, names: list[str]) -> None:
    """When this returns, the environment holds the sets `names` and knows this clone."""
    environment = chosen_environment(root, state)
    make(environment, root)
    if lacking := environment.lacks(root, names):
        install(environment, root, lacking)
    point_at_source(environment, root, state)
    (environment.notes / "root").write_text(f"{root}\n", "utf-8")
    environment.interrupted.unlink(missing_ok=True)
    draft = state / f"environment.{os.getpid()}"
    draft.write_text(f"{environment.folder}\n", "utf-8")
    draft.rename(state / "environment")


def _requirements(root: Path, name: str) -> Path:
    return root / "requirements" / f"{name}.txt"


def _succeeds(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except OSError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the environment of ./sonae.")
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("sets", nargs="+", choices=SETS)
    asked = parser.parse_args()
    try:
        with only_one(asked.state):
            prepare(asked.root, asked.state, asked.sets)
    except NotToBeHadError as missing:
        say(missing.japanese, missing.english)
        return UNAVAILABLE
    except KeyboardInterrupt:
        return 130
    except OSError as trouble:
        say(f"環境を準備できませんでした: {trouble}", f"The environment could not be prepared: {trouble}")
        return UNAVAILABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
