"""The program as a person starts it: a process of its own."""

import io
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from sonae_collector import examples, words
from sonae_collector.errors import PortalAway
from sonae_collector.progress import Progress
from sonae_collector.running import Patience
from sonae_wire.messages import Note
from sonae_wire.vocabulary import IndicatorKind, SightingProblem

PROGRAM = [sys.executable, "-m", "sonae_collector"]


def started(*given, language="ja_JP.UTF-8"):
    environment = {**os.environ, "LANG": language, "LC_ALL": "", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [*PROGRAM, *map(str, given)], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_one_round_of_the_bundled_example(tmp_path, fake_portal, token_file, an_indicator):
    known = [
        an_indicator("kinkyu-update.example", IndicatorKind.DOMAIN),
        an_indicator("203.0.113.0/24", IndicatorKind.CIDR),
        an_indicator("2001:db8:bad::/48", IndicatorKind.CIDR),
        an_indicator("http://cdn.kinkyu-update.example:8080/patch/setup.exe?id=7", IndicatorKind.URL),
        an_indicator("5f1e0b7f6d1a4c2b8e9d3c4a5b6f7081920a1b2c3d4e5f60718293a4b5c6d7e8", IndicatorKind.SHA256),
        an_indicator("c0ffee00c0ffee00c0ffee00c0ffee00", IndicatorKind.JA3),
        an_indicator("never-seen.example", IndicatorKind.DOMAIN),
    ]
    fake_portal.publish(*known)
    run = [
        "run",
        "--portal",
        fake_portal.url,
        "--token-file",
        token_file,
        "--eve",
        examples.EVE,
        "--state",
        tmp_path / "s",
        "--once",
    ]
    done = started(*run)
    assert (done.returncode, done.stdout) == (0, "")
    assert "検知6件を送信しました" in done.stderr
    assert {each.indicator_id for each in fake_portal.sightings.values()} == {each.id for each in known[:-1]}

    told = started("status", "--state", tmp_path / "s")
    assert "検知：6件（未送信0件）" in told.stdout
    assert "院外へ送信されません" in told.stdout
    figures = json.loads(started("status", "--state", tmp_path / "s", "--json").stdout)
    assert (figures["events_read"], figures["sightings"], figures["indicators_held"]) == (137, 6, 7)
    assert started(*run).stderr.count("通信記録0件") == 1


@pytest.mark.parametrize(
    ("change", "code", "sentence"),
    [
        ({"--portal": "http://portal.example"}, 78, "暗号化されていません"),
        ({"--portal": "nowhere"}, 78, "https://…"),
        ({"--token-file": "/absent"}, 78, "トークンファイル"),
        ({"--token-file": "/dev/null"}, 78, "通常のファイルではありません"),
        ({"--eve": "/absent"}, 78, "ありません"),
        ({"--sensor": "ids 10.0.0.1"}, 78, "アドレスを含めない"),
        ({"--interval": "0"}, 2, ""),
        ({"--portal": "http://127.0.0.1:9"}, 69, "ポータルに接続できません"),
        ({"--state": "/dev/null/x"}, 73, "状態フォルダ /dev/null/x を使えません"),
    ],
)
def test_each_way_of_failing_has_a_sentence_and_a_code(arguments, change, code, sentence):
    given = [str(each) for each in arguments] + ["--once"]
    for name, value in change.items():
        if name in given:
            given[given.index(name) + 1] = value
        else:
            given += [name, value]
    done = started(*given)
    assert done.returncode == code, done.stderr
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refused_token_ends_with_its_own_code_and_is_never_shown(arguments, fake_portal, token_file):
    token_file.write_text("a-very-secret-token")
    done = started(*arguments, "--once", language="en_US.UTF-8")
    assert done.returncode == 77
    assert "Issue a new one" in done.stderr
    assert "secret" not in done.stderr + done.stdout


def test_a_token_that_others_may_read_is_refused_with_the_way_to_mend_it(arguments, token_file):
    token_file.chmod(0o640)
    done = started(*arguments, "--once", language="en_US.UTF-8")
    assert done.returncode == 78
    assert f"chmod 600 {token_file}" in done.stderr


def test_what_the_portal_refused_is_told_and_never_counted_as_sent(arguments, fake_portal, eve, line, an_indicator):
    fake_portal.publish(an_indicator(), an_indicator("192.0.2.2"))
    fake_portal.refuse_sightings_of(an_indicator("192.0.2.2").id, SightingProblem.TOO_OLD)
    (eve / "eve.json").write_bytes(line(0) + line(1, dst="192.0.2.2"))
    done = started(*arguments, "--once", language="en_US.UTF-8")
    assert "sent 1 sightings (0 waiting" in done.stderr
    assert "The portal refused 1 sightings: older than 400 days." in done.stderr
    assert fake_portal.heartbeats[-1].sightings_refused == 1
    told = started("status", "--state", arguments[-1], language="en_US.UTF-8").stdout
    assert "The portal refused 1 sightings: older than 400 days." in told
    figures = json.loads(started("status", "--state", arguments[-1], "--json").stdout)
    assert figures["sightings_refused"] == {"too_old": 1}


def test_every_moment_of_the_status_is_told_by_the_second_and_in_japanese_time(arguments, eve, line):
    (eve / "eve.json").write_bytes(line())
    started(*arguments, "--once")
    figures = json.loads(started("status", "--state", arguments[-1], "--json").stdout)
    for moment in (figures["contact_at"], figures["newest_event_at"]):
        assert moment.endswith("+09:00")
        assert "." not in moment


def test_an_unknown_state_is_told(tmp_path):
    done = started("status", "--state", tmp_path / "none", language="en_GB.UTF-8")
    assert (done.returncode, done.stderr) == (73, f"No state is kept in {tmp_path / 'none'}.\n")


def test_a_newer_state_is_not_touched(tmp_path, arguments):
    started(*arguments, "--once")
    state = tmp_path / "state" / "collector.sqlite3"
    with sqlite3.connect(state) as sql:
        sql.execute("PRAGMA user_version = 99")
    sql.close()
    done = started(*arguments, "--once")
    assert done.returncode == 73
    assert "99" in done.stderr


def running(arguments, *more):
    environment = {**os.environ, "LANG": "ja_JP.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([*PROGRAM, *map(str, arguments), *more], env=environment, stderr=subprocess.PIPE, text=True)


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def test_it_stays_until_asked_to_stop_and_only_once_for_a_state(arguments, fake_portal, eve, line, an_indicator):
    fake_portal.publish(an_indicator())
    program = running(arguments, "--interval", "0.1")
    try:
        wait_for(lambda: fake_portal.heartbeats)
        second = started(*arguments, "--once")
        assert second.returncode == 75
        assert "使用中" in second.stderr
        (eve / "eve.json").write_bytes(line())
        wait_for(lambda: fake_portal.sightings)
        fake_portal.fail_next(503, times=2)
        late = an_indicator("10.0.0.7")
        fake_portal.publish(late)
        wait_for(lambda: late.id in {each.indicator_id for each in fake_portal.sightings.values()})
    finally:
        program.send_signal(signal.SIGTERM)
        _, told = program.communicate(timeout=20)
    assert program.returncode == 0
    assert "停止しました" in told


def test_hunting_offline_from_an_exported_file(tmp_path, fake_portal, an_indicator):
    fake_portal.publish(
        an_indicator(
            "c2.kinkyu-update.example",
            IndicatorKind.DOMAIN,
            note=Note(ja="端末を切り離してください。", en="Isolate it."),
        ),
        an_indicator("192.0.2.255"),
    )
    page = tmp_path / "page.json"
    page.write_text(fake_portal.page("", 10).model_dump_json())
    done = started("hunt", "--indicators", page, "--eve", examples.EVE)
    assert done.returncode == 0
    assert "2026-11-20 ドメイン名 c2.kinkyu-update.example: 9件" in done.stdout
    assert "通信記録137件を読みました" in done.stderr
    (found,) = map(
        json.loads, started("hunt", "--indicators", page, "--eve", examples.EVE, "--json").stdout.splitlines()
    )
    assert (found["count"], found["where"], found["note"]["en"]) == (9, ["dns_query", "tls_server_name"], "Isolate it.")

    (tmp_path / "eve.json").write_bytes(b'{"timestamp": 5}\n')
    (tmp_path / "odd.json").write_bytes("x".encode("utf-16"))
    done = started("hunt", "--indicators", page, "--eve", tmp_path, language="en_US.UTF-8")
    assert f"Line 1 of {tmp_path / 'eve.json'} cannot be read (wrong_type; field: timestamp)." in done.stderr
    assert f"{tmp_path / 'odd.json'} is not read (wrong_encoding)." in done.stderr
    assert "Nothing was found." in done.stderr

    page.write_text("{}")
    done = started("hunt", "--indicators", page, "--eve", tmp_path)
    assert (done.returncode, "indicators" in done.stderr) == (78, True)


def test_every_sentence_is_there_in_both_languages():
    for kind in words._TABLES.values():
        for member in kind:
            both = words._SENTENCES[kind, member.value]
            assert set(both) == {"ja", "en"}
            assert all(both.values())
    assert len(words._SENTENCES) == sum(len(kind) for kind in words._TABLES.values())


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "ja"),
        ({"LANG": "C.UTF-8"}, "ja"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "", "LC_MESSAGES": "en_GB"}, "en"),
    ],
)
def test_the_environment_chooses_the_language_and_japanese_comes_first(environment, language):
    assert words.words(environment).language == language


def test_progress_is_silent_for_two_seconds():
    now = [0.0]
    out = io.StringIO()
    progress = Progress(out, words.words({"LANG": "en"}), clock=lambda: now[0])
    progress(1)
    now[0] = 2.5
    progress(12_345)
    progress(12_346)
    progress.close()
    assert out.getvalue() == "Reading: 12,345 events\n"


def test_an_absent_portal_is_asked_less_and_less_often_but_not_never():
    patience = Patience(chance=lambda: 1.0)
    waits = [patience.failed(PortalAway("x"), first_s=10) for _ in range(8)]
    assert waits == [10, 20, 40, 80, 160, 300, 300, 300]
    assert patience.failed(PortalAway("x", retry_after_s=900), first_s=10) == 900
    patience.succeeded()
    patience.chance = lambda: 0.0
    assert patience.failed(PortalAway("x"), first_s=10) == 5
