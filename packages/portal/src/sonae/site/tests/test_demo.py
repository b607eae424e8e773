"""The demonstration as a program, from the outside: what it shows, what it refuses, and how it ends."""

import contextlib
import fcntl
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from sonae.site.demo import environment

pytestmark = pytest.mark.sqlite
SHARED_DATA = Path(__file__).resolve().parents[6].parent / "shared/data"
REAL_REGISTER = "japan/mhlw/01-1_hospital_facility_info_20251201.zip"
REAL_EVENTS = "ids/suricata-eve"
ODD_VALUES = 1_504


def _started(*arguments: str, folder: Path, language: str = "en_US.UTF-8") -> subprocess.Popen[str]:
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "SONAE_"))}
    surroundings |= {
        "LANG": language, "TMPDIR": str(folder), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "sonae.site.cli", "demo", *arguments],
        cwd=folder, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def _shown(*arguments: str, folder: Path, language: str = "en_US.UTF-8") -> tuple[int, str]:
    """The exit code, and all it said."""
    program = _started(*arguments, folder=folder, language=language)
    said, _ = program.communicate(timeout=500)
    return program.returncode, said


def _rows(home: Path, query: str) -> list[Any]:
    with contextlib.closing(sqlite3.connect(home / "sonae.sqlite3")) as records:
        return records.execute(query).fetchall()


def _check_what_left_the_hospital(home: Path) -> None:
    """Neither the bulletin nor an indicator names the hospital that was attacked, or the one that saw it."""
    named = _rows(
        home,
        "SELECT name, short_name, name_latin, address, website FROM institutions_institution WHERE id IN"
        " (SELECT institution_id FROM incidents_incident UNION SELECT institution_id FROM detection_alert)",
    )
    marks = {text for row in named for text in row if text}
    assert len(named) == 2
    bulletins = _rows(home, "SELECT title_ja, title_en, body_ja, body_en FROM bulletins_bulletin")
    indicators = _rows(home, "SELECT value, labels, note_ja, note_en, stix FROM sharing_indicator")
    assert len(bulletins) == 1
    assert indicators
    said = "\n".join(str(text) for row in [*bulletins, *indicators] for text in row)
    assert [mark for mark in marks if mark in said] == []


def _seconds_to_sighting(said: str) -> float:
    found = re.search(r"From report to sighting: ([\d.]+) s\.", said)
    assert found, said
    return float(found[1])


def _data() -> list[str]:
    """The ministry's list and recorded alerts where they lie beside the clone, else a made-up sector."""
    register, events = SHARED_DATA / REAL_REGISTER, SHARED_DATA / REAL_EVENTS
    if register.is_file() and events.is_dir():
        return [f"--register={register}", f"--eve={events}"]
    return ["--institutions=2000"]


def _check_the_register(home: Path, said: str, data: list[str]) -> None:
    """The sector is the one that was asked for; of the real list every odd value stands in the problem list."""
    if len(data) == 1:
        assert "2,000 synthetic institutions." in said
        return
    assert f"7,640 rows read, 7,640 institutions added, {ODD_VALUES:,} odd values in the problem list." in said
    assert "no hospital that is named here was attacked" in said
    assert _rows(home, "SELECT count(*) FROM institutions_importproblem")[0][0] == ODD_VALUES


@pytest.mark.slow
def test_the_whole_promise_is_shown_once_and_nothing_runs_on(tmp_path, artefacts):
    home, data = tmp_path / "home", _data()
    code, said = _shown("--once", *data, f"--home={home}", folder=tmp_path)
    (artefacts / "demo.txt").write_text(said, "utf-8")  # its total is for people: no time decides a test
    assert code == 0, said
    assert re.search(r"The whole demonstration: [\d.]+ s\.", said)
    assert [line[:3] for line in said.splitlines() if line.startswith("[")] == [f"[{step}]" for step in range(1, 7)]
    assert _seconds_to_sighting(said) > 0
    _check_the_register(home, said, data)
    _check_what_left_the_hospital(home)
    assert _rows(home, "SELECT count(*) FROM duties_duty WHERE rule = 'sighting.respond'")[0][0] >= 1
    assert _of_this_demo(home) == []


@pytest.mark.slow
def test_interrupted_it_stops_its_programs_and_leaves_no_folder_behind(tmp_path):
    program = _started("--once", "--institutions", "2000", folder=tmp_path)
    assert program.stdout is not None
    said = []
    for line in program.stdout:
        said.append(line)
        if line.startswith("[2]"):
            break
    assert len(list(tmp_path.glob("sonae-demo-*"))) == 1
    time.sleep(0.5)
    program.send_signal(signal.SIGTERM)
    rest, _ = program.communicate(timeout=120)
    assert program.returncode == 130, "".join(said) + rest
    assert "Interrupted. All programs were stopped." in rest
    assert list(tmp_path.glob("sonae-demo-*")) == []
    assert _of_this_demo(tmp_path) == []


@pytest.mark.slow
def test_a_list_that_is_none_is_refused_with_its_file_line_and_field(tmp_path):
    rubbish = tmp_path / "list_20251201.csv"
    rubbish.write_text("ID,名前\n1,甲\n", encoding="utf-8")
    code, said = _shown("--once", "--register", str(rubbish), folder=tmp_path, language="C")
    assert code == 65, said
    refused = next(line for line in said.splitlines() if line.startswith("✗"))
    # Japanese, because the terminal does not say English.
    assert "list_20251201.csv, 1行目, 正式名称: " in refused
    assert not re.search("[a-z]{4}", refused.replace("list_20251201.csv", ""))
    assert list(tmp_path.glob("sonae-demo-*")) == []


def test_a_folder_without_events_is_refused_before_anything_is_made(tmp_path):
    (tmp_path / "eve").mkdir()
    (tmp_path / "eve/README.md").write_text("nothing")
    code, said = _shown("--once", "--eve", str(tmp_path / "eve"), folder=tmp_path)
    assert code == 65
    assert f"No Suricata event with a time stamp was found in {tmp_path / 'eve'}." in said
    assert "[1]" not in said
    assert list(tmp_path.glob("sonae-demo-*")) == []


def test_a_folder_that_no_demonstration_made_is_left_as_it_is(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("mine")
    with pytest.raises(environment.NotOurs):
        environment.prepare(["--home", str(tmp_path)])
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_of_an_earlier_demonstration_is_emptied(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    first = environment.prepare([f"--home={tmp_path / 'demo'}"])
    (first.home / "sonae.sqlite3").write_text("old")
    again = environment.prepare(["--home", str(tmp_path / "demo")])
    assert [one.name for one in again.home.iterdir()] == [environment.MARKER]
    assert not again.is_temporary
    environment.clear(again)
    assert again.home.exists()


def test_a_folder_in_which_a_demonstration_runs_is_refused_and_left_as_it_is(tmp_path):
    home = tmp_path / "demo"
    home.mkdir()
    (home / "sonae.sqlite3").write_text("in use")
    with (home / environment.MARKER).open("w") as marker:
        fcntl.flock(marker, fcntl.LOCK_EX)
        marker.write("4711")
        marker.flush()
        code, said = _shown("--once", f"--home={home}", folder=tmp_path)
    assert code == 75
    assert "another demonstration is running here (process 4711)" in said
    assert "このフォルダでは別の実演が動いています（プロセス4711）" in said
    assert (home / "sonae.sqlite3").read_text() == "in use"


@pytest.mark.parametrize(
    ("arguments", "said"), [([], "1"), (["--register", "list.zip"], ""), (["--register=list.zip"], "")]
)
def test_a_made_up_sector_is_marked_and_a_real_register_is_not(tmp_path, monkeypatch, arguments, said):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    environment.prepare([*arguments, "--home", str(tmp_path / "demo")])
    assert os.environ["SONAE_SYNTHETIC"] == said


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_port_that_is_taken_is_refused_where_it_was_asked_for_and_avoided_elsewhere(tmp_path, monkeypatch, address):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        taken = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with taken:
        port = taken.getsockname()[1]
        with pytest.raises(environment.PortTaken):
            environment.prepare(["--port", str(port), "--home", str(tmp_path / "demo")])
        assert not (tmp_path / "demo").exists()
        monkeypatch.setattr(environment, "FIRST_PORT", port)
        assert environment.prepare(["--home", str(tmp_path / "demo")]).port != port


def test_a_demonstration_touches_no_records_mail_or_keys_of_a_real_installation(tmp_path, monkeypatch):
    real = {"DATABASE_URL": "postgresql://real", "SONAE_SMTP_HOST": "mail.real", "SONAE_SECRET_KEY": "real"}
    monkeypatch.setattr(os, "environ", dict(os.environ) | real)
    environment.prepare(["--home", str(tmp_path / "demo")])
    assert not real.keys() & os.environ.keys()
    assert os.environ["SONAE_HOME"] == str(tmp_path / "demo")


def _of_this_demo(folder: Path) -> list[str]:
    """Programs that still run with their records in this folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            surroundings = (process / "environ").read_bytes()
        except OSError:
            continue
        if f"SONAE_HOME={folder}".encode() in surroundings and process.name != str(os.getpid()):
            found.append((process / "cmdline").read_text().replace("\0", " "))
    return found
