"""What the command line says, in the language of the terminal, and what it refuses before it starts anything."""

import os
import socket
import subprocess
import sys

import pytest
import typer
from django.utils.translation import override

from sonae.site import cli_server


def _said(*arguments, language, home):
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "SONAE_"))}
    surroundings |= {
        "LANG": language, "SONAE_HOME": str(home), "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-P", "-m", "sonae.site.cli", *arguments], env=surroundings, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip


@pytest.mark.slow
def test_help_and_refusals_are_japanese_unless_the_terminal_is_english(tmp_path):
    shown = _said("serve", "--help", language="ja_JP.UTF-8", home=tmp_path).stdout
    assert "./sonae serve" in shown
    assert "待ち受けるポート" in shown
    assert "既定: 8000" in shown
    assert "というコマンドはありません" in _said("nosuch", language="C.UTF-8", home=tmp_path).stderr
    assert "Port to listen on." in _said("serve", "--help", language="en_US.UTF-8", home=tmp_path).stdout


def test_a_port_that_another_program_uses_is_refused_before_anything_is_served(monkeypatch, capsys, db):
    monkeypatch.setattr(cli_server, "pending_migrations", lambda: 0)
    with socket.socket() as other, override("en"):
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(typer.Exit) as ended:
            cli_server.serve(port=port)
    assert ended.value.exit_code == 69
    assert f"port {port}" in capsys.readouterr().err
