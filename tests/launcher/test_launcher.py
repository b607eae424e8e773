"""./sonae on machines that are not like this one: played with stub interpreters on a PATH of our own.

A stub Python answers the launcher's question like the version it plays. Where an environment must really be made, a
stub `pip` stands in for the network, so that what is tested is the launcher and not the index.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the launcher may ask of a POSIX machine.
TOOLS = "sh cat cmp cksum dirname readlink sed tr awk id find head mkdir mv rm basename".split()
# What the stubs ask of it besides.
STUB_TOOLS = "chmod cp sleep".split()


@pytest.fixture
def bin_folder(tmp_path):
    """A PATH with the tools of any machine and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in [*TOOLS, *STUB_TOOLS]:
        found = shutil.which(name)
        if found:
            (folder / name).symlink_to(found)
    return folder


@pytest.fixture
def clone(tmp_path):
    """A clone in a folder whose name has spaces and Japanese in it."""
    folder = tmp_path / "my 備え clone"
    (folder / "tools").mkdir(parents=True)
    (folder / "requirements").mkdir()
    for name in ("sonae", "tools/environment.py"):
        shutil.copy2(ROOT / name, folder / name)
    for name in ("run", "postgres", "dev", "browser", "uv"):
        (folder / "requirements" / f"{name}.txt").write_text(f"{name}==1 \\\n    --hash=sha256:0\n", "utf-8")
    cli = folder / "packages/portal/src/sonae/site"
    cli.mkdir(parents=True)
    for package in (cli, cli.parent):
        (package / "__init__.py").touch()
    (cli / "cli.py").write_text("import os, sys\nprint(sys.argv[1:], os.environ['SONAE_HOME'])\n", "utf-8")
    return folder


@pytest.fixture
def start(clone, bin_folder, tmp_path):
    """`start(*arguments, **variables)` runs ./sonae there, in an empty HOME and from another folder."""

    def run(*arguments, timeout=60, **variables):
        surroundings = {
            "PATH": str(bin_folder),
            "HOME": str(tmp_path / "home"),
            "SONAE_PYENV_ROOTS": "",
            "LANG": "en_GB.UTF-8",
        }
        surroundings = {name: value for name, value in (surroundings | variables).items() if value is not None}
        return subprocess.run(
            [str(clone / "sonae"), *arguments],
            cwd=tmp_path,
            env=surroundings,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return path


def old_python(path: Path) -> Path:
    """Answers like Python 3.11 without pip: any question about its version ends with 1."""
    return program(path, "exit 1")


def broken_shim(path: Path) -> Path:
    return program(path, 'echo "pyenv: version not selected" >&2; exit 127')


def new_python(path: Path) -> Path:
    """Answers like a Python new enough, and says it is itself the interpreter."""
    return program(path, f"echo {path}")


def python_with_stub_pip(path: Path, record: Path, *, seconds: float = 0, real: str = sys.executable) -> Path:
    """A real Python whose environments get a pip that installs nothing and writes down that it was called."""
    pip = f'echo "$@" >> "{record}"; sleep {seconds}; echo Collecting one'
    environment = program(path.with_name("made-python"), _environment_python(pip, real))
    make = f'mkdir -p "$3/bin" && cp "{environment}" "$3/bin/python"'
    return program(path, f'if [ "$1 $2" = "-m venv" ]; then {make}; exit; fi\n{_as_itself(path, real)}')


def _environment_python(pip: str, real: str) -> str:
    site = '"$(dirname "$0")/../site"'
    return (
        'case "$*" in\n'
        '  "-m pip --version") exit 0 ;;\n'
        f'  "-m pip"*) {pip}; exit ;;\n'
        f"  *purelib*) mkdir -p {site}; cd {site}; pwd; exit ;;\n"
        "esac\n"
        f"for lines in {site}/*.pth; do\n"
        """[ -f "$lines" ] && PYTHONPATH=$(tr '\\n' : < "$lines")${PYTHONPATH:-} && export PYTHONPATH\ndone\n"""
        f'exec "{real}" "$@"'
    )


def _as_itself(path: Path, real: str) -> str:
    # environment.py makes environments with sys.executable, which has to be the stub.
    return (
        f'if [ "$1" = -c ]; then echo "{path}"; exit; fi\n'
        f'script="$2"; shift 2\n'
        f'exec "{real}" -I -c "import runpy, sys; sys.executable = \'{path}\'; '
        f'sys.argv = sys.argv[1:]; runpy.run_path(sys.argv[0], run_name=\'__main__\')" "$script" "$@"'
    )


class TestFindingPython:
    def test_where_the_default_is_too_old_the_one_under_pyenv_is_taken(self, start, bin_folder, tmp_path):
        old_python(bin_folder / "python3")
        broken_shim(bin_folder / "python3.13")
        pyenv = new_python(tmp_path / "pyenv/versions/3.13.0/bin/python")
        done = start("--which-python", SONAE_PYENV_ROOTS=str(tmp_path / "pyenv"))
        assert (done.returncode, done.stdout.strip()) == (0, str(pyenv))

    def test_pyenv_is_found_by_its_shims_on_the_path_though_home_is_another(self, start, bin_folder, tmp_path):
        pyenv = new_python(tmp_path / "elsewhere/versions/3.13.4/bin/python")
        shims = tmp_path / "elsewhere/shims"
        broken_shim(shims / "python3")
        done = start("--which-python", SONAE_PYENV_ROOTS=None, PATH=f"{shims}:{bin_folder}")
        assert (done.returncode, done.stdout.strip()) == (0, str(pyenv))

    def test_the_newest_series_that_is_supported_wins(self, start, tmp_path):
        for version in ("3.12.1", "3.13.0", "3.14.0"):
            new_python(tmp_path / f"pyenv/versions/{version}/bin/python")
        done = start("--which-python", SONAE_PYENV_ROOTS=str(tmp_path / "pyenv"))
        assert done.stdout.strip().endswith("versions/3.13.0/bin/python")

    def test_the_python_that_was_named_is_taken(self, start, bin_folder, tmp_path):
        new_python(bin_folder / "python3.13")
        mine = new_python(tmp_path / "my own/python")
        assert start("--which-python", SONAE_PYTHON=str(mine)).stdout.strip() == str(mine).split()[0] + " own/python"

    def test_a_named_python_that_is_none_is_said(self, start, bin_folder, tmp_path):
        new_python(bin_folder / "python3.13")
        done = start("--which-python", SONAE_PYTHON=str(tmp_path / "gone"))
        assert done.returncode == 69
        assert "does not run as Python 3.12 or later" in done.stderr

    def test_uv_brings_a_python_where_none_is(self, start, bin_folder, tmp_path):
        brought = new_python(tmp_path / "brought/python")
        program(
            bin_folder / "uv",
            f'case "$1 $2" in "python find") [ -e "{tmp_path}/done" ] && echo "{brought}" ;; '
            f'"python install") : > "{tmp_path}/done" ;; esac',
        )
        done = start("--which-python")
        assert (done.returncode, done.stdout.strip()) == (0, str(brought))

    def test_an_old_python_with_pip_brings_uv(self, start, clone, bin_folder, tmp_path):
        brought = new_python(tmp_path / "brought/python")
        uv = f"#!/bin/sh\\n[ \\\"\\$1 \\$2\\\" != 'python find' ] || echo {brought}"
        program(
            bin_folder / "python3",
            'case "$1 $2 $3" in\n"-m pip --version") exit 0 ;;\n"-m pip install")\n'
            'while [ "$1" != --target ]; do shift; done\n'
            f'mkdir -p "$2/bin"; printf "{uv}" > "$2/bin/uv"; chmod +x "$2/bin/uv"; exit 0 ;;\nesac\nexit 1',
        )
        done = start("--which-python")
        assert (done.returncode, done.stdout.strip()) == (0, str(brought)), done.stderr
        assert start("--which-uv").stdout.strip() == str(clone / ".sonae/uv/bin/uv")

    @pytest.mark.parametrize(
        ("language", "sentence"),
        [
            ("ja_JP.UTF-8", "Python 3.12 以降が見つからず、取得もできませんでした。"),
            ("en_US.UTF-8", "No Python 3.12 or later was found or could be fetched"),
            ("C", "Python 3.12 以降が見つからず"),
        ],
    )
    def test_where_no_python_can_be_had_one_sentence_says_so(self, start, bin_folder, language, sentence):
        old_python(bin_folder / "python3")
        done = start("demo", LANG=language)
        assert done.returncode == 69
        assert sentence in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert done.stdout == ""


class TestTheEnvironment:
    def test_the_program_runs_in_it_from_any_folder(self, start, clone, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        done = start("demo", "--once")
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == f"['demo', '--once'] {clone / 'var'}"

    def test_what_is_installed_comes_with_hashes_and_nothing_is_built(self, start, clone, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        start("demo")
        asked = (tmp_path / "pip.log").read_text("utf-8")
        assert "--require-hashes --only-binary :all: --no-deps" in asked
        assert f"-r {clone}/requirements/run.txt" in asked
        assert "dev.txt" not in asked

    def test_the_second_start_asks_nobody(self, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        start("demo")
        (tmp_path / "pip.log").unlink()
        (bin_folder / "python3.13").unlink()
        again = start("demo", HOME=None)
        assert again.returncode == 0, again.stderr
        assert again.stderr == ""
        assert not (tmp_path / "pip.log").exists()

    def test_a_changed_lock_is_installed(self, start, clone, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        start("demo")
        (clone / "requirements/run.txt").write_text("run==2 \\\n    --hash=sha256:1\n", "utf-8")
        start("demo")
        assert len((tmp_path / "pip.log").read_text("utf-8").splitlines()) == 2

    def test_starts_at_the_same_time_install_once(self, clone, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log", seconds=1)
        surroundings = {"PATH": str(bin_folder), "HOME": str(tmp_path), "SONAE_PYENV_ROOTS": ""}
        started = [
            subprocess.Popen(
                [str(clone / "sonae"), "demo"], env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            for _ in range(3)
        ]
        outcomes = [(process.communicate(timeout=60), process.returncode) for process in started]
        assert [code for _, code in outcomes] == [0, 0, 0], outcomes
        assert len((tmp_path / "pip.log").read_text("utf-8").splitlines()) == 1

    def test_an_installation_that_was_killed_is_done_again(self, clone, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log", seconds=30)
        surroundings = {"PATH": str(bin_folder), "HOME": str(tmp_path), "SONAE_PYENV_ROOTS": ""}
        killed = subprocess.Popen([str(clone / "sonae"), "demo"], env=surroundings, start_new_session=True)
        until = time.monotonic() + 30
        while not (tmp_path / "pip.log").exists() and time.monotonic() < until:
            time.sleep(0.02)
        os.killpg(killed.pid, 9)
        killed.wait(timeout=10)
        (clone / ".venv/half-written").touch()
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        done = start("demo")
        assert done.returncode == 0, done.stderr
        assert not (clone / ".venv/half-written").exists()
        assert len((tmp_path / "pip.log").read_text("utf-8").splitlines()) == 2

    def test_a_failed_installation_says_what_to_do_and_is_not_taken_for_done(self, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        made = bin_folder / "made-python"
        made.write_text(made.read_text("utf-8").replace("echo Collecting one", "echo no network; false"), "utf-8")
        for _ in range(2):
            done = start("demo")
            assert done.returncode == 69
            assert "please check the network" in done.stderr
            assert "no network" in done.stderr

    def test_an_environment_of_somebody_else_is_used_and_not_thrown_away(self, clone, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        theirs = clone / ".venv/bin/python"
        theirs.parent.mkdir(parents=True)
        shutil.copy2(bin_folder / "made-python", theirs)
        (clone / ".venv/theirs").touch()
        assert start("demo").returncode == 0
        assert (clone / ".venv/theirs").exists()
        assert len((tmp_path / "pip.log").read_text("utf-8").splitlines()) == 1

    def test_an_environment_of_somebody_else_that_is_too_old_is_left_alone(self, clone, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        old_python(clone / ".venv/bin/python")
        done = start("--prepare", "run")
        assert done.stdout.strip() == str(clone / ".sonae/venv")
        assert (clone / ".venv/bin/python").read_text("utf-8").endswith("exit 1\n")

    def test_a_clone_that_was_moved_gets_a_new_environment(self, clone, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        start("demo")
        moved = clone.with_name("moved")
        clone.rename(moved)
        surroundings = {"PATH": str(bin_folder), "HOME": str(tmp_path), "SONAE_PYENV_ROOTS": ""}
        done = subprocess.run(
            [str(moved / "sonae"), "demo"], env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert str(moved / "var") in done.stdout
        assert (moved / ".venv/sonae/root").read_text("utf-8") == f"{moved}\n"

    def test_a_link_to_the_launcher_finds_its_clone(self, clone, start, bin_folder, tmp_path):
        python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
        start("demo")
        (tmp_path / "links").mkdir()
        (tmp_path / "links/sonae").symlink_to(clone / "sonae")
        surroundings = {"PATH": str(bin_folder), "HOME": str(tmp_path)}
        done = subprocess.run(
            [str(tmp_path / "links/sonae"), "x"], env=surroundings, capture_output=True, text=True, check=False
        )
        assert done.stdout.startswith("['x']"), done.stderr

    def test_a_clone_that_cannot_be_written_to_keeps_its_environment_with_the_person(self, read_only, clone, tmp_path):
        home = tmp_path / "home"
        done = read_only("demo", HOME=str(home))
        assert done.returncode == 0, done.stderr
        assert f"{home}/.local/share/sonae/" in done.stdout
        assert not (clone / ".sonae").exists()
        assert not (clone / ".venv").exists()

    def test_where_nothing_can_be_written_one_sentence_says_so(self, read_only):
        done = read_only("demo", HOME="/proc")
        assert done.returncode == 69
        assert "Neither this clone nor a home can be written to" in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def read_only(clone, bin_folder, tmp_path):
    """Starts ./sonae as somebody who may not write to the clone."""
    real = _python_for_everybody()
    if real is None:
        pytest.skip("every Python here lies where only root may read")
    python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log", real=real)
    (tmp_path / "home").mkdir()
    as_somebody: list[str] = []
    if os.geteuid() == 0:
        # Root may write everywhere: become nobody, who may reach these folders but owns the home only.
        if shutil.which("setpriv") is None:
            pytest.skip("root may write everywhere, and setpriv is not here to become somebody else")
        as_somebody = [shutil.which("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups"]
        (tmp_path / "pip.log").touch()
        for path in (tmp_path / "home", tmp_path / "pip.log"):
            os.chown(path, 65534, 65534)
        for path in (tmp_path, *tmp_path.parents):
            if path.name.startswith(("pytest-", "popen-", "test_")):
                path.chmod(0o755)
    else:
        clone.chmod(0o555)

    def run(*arguments, **variables):
        surroundings = {"PATH": str(bin_folder), "SONAE_PYENV_ROOTS": "", "LANG": "en_GB.UTF-8"} | variables
        command = [*as_somebody, str(clone / "sonae"), *arguments]
        return subprocess.run(command, env=surroundings, capture_output=True, text=True, cwd="/", check=False)

    yield run
    clone.chmod(0o755)


def _python_for_everybody() -> str | None:
    """A Python that another user can start: ours, unless it lies in root's home; the system's will do for a stub."""
    if os.geteuid() != 0:
        return sys.executable
    for python in (sys.executable, "/usr/bin/python3"):
        folders = Path(python).resolve().parents
        if Path(python).exists() and all(folder.stat().st_mode & 0o005 == 0o005 for folder in folders):
            return python
    return None


def test_bench_names_the_benchmarks_there_are(start, clone):
    (clone / "benchmarks").mkdir()
    (clone / "benchmarks/ground_floor.py").touch()
    done = start("bench")
    assert done.returncode == 2
    assert done.stderr.splitlines() == ["Name one of these benchmarks:", "ground_floor"]


def test_the_word_collector_hands_everything_on_to_the_collector(start, clone, bin_folder, tmp_path):
    python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
    program_of(clone, "collector", "import sys\nprint('collector', sys.argv[1:])\n")
    done = start("collector", "hunt", "--portal", "https://備え.example", "two words")
    assert (done.returncode, done.stdout.strip()) == (
        0,
        "collector ['hunt', '--portal', 'https://備え.example', 'two words']",
    )


def test_the_end_of_the_collector_is_the_end_of_the_launcher(start, clone, bin_folder, tmp_path):
    python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
    program_of(clone, "collector", "raise SystemExit(77)\n")
    assert start("collector", "run").returncode == 77


def program_of(clone: Path, package: str, text: str) -> None:
    """A program in place of the one of this package."""
    folder = clone / f"packages/{package}/src/sonae_{package}"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "__main__.py").write_text(text, "utf-8")


@pytest.fixture
def packing(clone, bin_folder, tmp_path):
    """A clone with everything that is packed for a hospital."""
    python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
    shutil.copytree(ROOT / "tools", clone / "tools", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("requirements/collector.txt", "packages/collector/pyproject.toml"):
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, clone / name)
    for name in ("deploy/systemd", "docs/how-to"):
        shutil.copytree(ROOT / name, clone / name)
    for package in ("wire", "engine"):
        program_of(clone, package, "")
    program_of(clone, "collector", "print('packed')\n")
    return clone


def test_the_word_bundle_writes_the_same_bytes_twice(start, packing, tmp_path):
    archives = []
    for place in ("first place", "second"):
        done = start("bundle", "collector", "--to", str(tmp_path / place))
        assert done.returncode == 0, done.stderr
        (archive,) = (tmp_path / place).iterdir()
        archives.append(archive.read_bytes())
        # Another moment, and files that were touched since.
        for path in packing.rglob("*.py"):
            os.utime(path, (1, 1))
    assert archives[0] == archives[1]
    with tarfile.open(tmp_path / "second" / archive.name) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"install", "requirements.txt", "source/sonae_collector/__main__.py"} <= names


def test_what_cannot_be_bundled_is_refused_with_what_can(start, packing):
    for arguments in (["portal"], []):
        done = start("bundle", *arguments)
        assert done.returncode == 2
        assert "collector" in done.stderr


def test_an_unknown_word_is_answered_with_what_there_is(tmp_path):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sonae.site.cli", "srve"],
        env={"PATH": os.environ["PATH"], "SONAE_HOME": str(tmp_path), "LANG": "C.UTF-8", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "'srve' というコマンドはありません" in done.stderr
    assert "serve" in done.stderr


def test_the_benchmark_that_was_named_runs_also_when_a_python_is_looked_for_first(start, clone, bin_folder, tmp_path):
    python_with_stub_pip(bin_folder / "python3.13", tmp_path / "pip.log")
    (clone / "benchmarks").mkdir()
    (clone / "benchmarks/small.py").write_text("print('small ran')", "utf-8")
    done = start("bench", "small")
    assert "small ran" in done.stdout, done.stderr
