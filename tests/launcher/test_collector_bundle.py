"""The collector as a hospital gets it: packed here, unpacked and installed there."""

import os
import subprocess
import sys
import sysconfig
import tarfile
from pathlib import Path

import pytest

from tools import collector_bundle

ROOT = collector_bundle.ROOT


@pytest.fixture
def packages(tmp_path):
    """Stands in for the packages that would be fetched: made for this Python, and nothing in them."""
    folder = tmp_path / "packages"
    folder.mkdir()
    (folder / "python").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n")
    return folder


def unpacked(archive, folder):
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    return folder / collector_bundle.name_of(ROOT)


def installed(folder, **more):
    environment = {**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "", "PYTHON": sys.executable, **more}
    return subprocess.run(
        ["sh", str(folder / "install")], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_same_clone_gives_the_same_bytes(tmp_path):
    first, second = (collector_bundle.pack(ROOT, tmp_path / name).read_bytes() for name in ("a", "b"))
    assert first == second


def test_everything_that_is_needed_is_in_it_and_nothing_that_was_made_here(tmp_path):
    with tarfile.open(collector_bundle.pack(ROOT, tmp_path)) as opened:
        names = {Path(*Path(each).parts[1:]).as_posix() for each in opened.getnames()}
        assert all(each.uid == 0 and each.uname == "" and each.mtime == 0 for each in opened)
    assert {
        "install", "requirements.txt", "sonae-collector.service", "connect-a-collector.ja.md",
        "source/sonae_collector/schema.sql", "source/sonae_collector/sentences.toml", "source/sonae_wire/messages.py",
        "source/sonae_engine/hunt/sql/retro.sql",
    } <= names  # fmt: skip
    assert not [each for each in names if "__pycache__" in each or "tests" in each]


def test_what_is_installed_runs_without_the_clone(tmp_path, packages):
    folder = unpacked(collector_bundle.pack(ROOT, tmp_path, packages=packages), tmp_path)
    # The packages themselves are those of the environment that runs this test; the network is off.
    others = {"PYTHONPATH": sysconfig.get_path("purelib")}
    done = installed(folder, **others)
    assert (done.returncode, "is ready" in done.stderr) == (0, True), done.stderr
    told = subprocess.run(
        [folder / "sonae-collector", "status", "--state", tmp_path / "none"],
        env={**os.environ, "LANG": "en_US.UTF-8", "LC_ALL": "", **others}, cwd=tmp_path, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (73, f"No state is kept in {tmp_path / 'none'}.\n")


def test_packages_made_for_another_python_are_not_installed_with_this_one(tmp_path, packages):
    (packages / "python").write_text("3.99\n")
    folder = unpacked(collector_bundle.pack(ROOT, tmp_path, packages=packages), tmp_path)
    done = installed(folder)
    assert (done.returncode, "3.99" in done.stderr) == (69, True)
    assert not (folder / "environment").exists()


def test_the_unit_starts_what_the_installer_makes():
    unit = (ROOT / "deploy/systemd/sonae-collector.service").read_text("utf-8")
    options = {word for word in unit.split() if word.startswith("--")}
    assert "ExecStart=/opt/sonae-collector/sonae-collector run " in unit
    assert options == {"--portal", "--token-file", "--eve", "--state"}
