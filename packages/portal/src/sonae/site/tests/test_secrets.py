import os
import stat
import subprocess
import sys

from sonae.site import secrets
from sonae.site.demo import environment


def test_nobody_else_on_the_machine_looks_into_the_records(tmp_path, monkeypatch):
    monkeypatch.delenv("SONAE_SECRET_KEY", raising=False)
    home = tmp_path / "var"
    key = secrets.secret_key(home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert stat.S_IMODE((home / "secret.key").stat().st_mode) == 0o600
    assert secrets.secret_key(home) == key


def test_a_folder_that_is_there_keeps_its_mode(tmp_path):
    tmp_path.chmod(0o750)
    secrets.private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o750


def test_a_demonstration_keeps_its_records_to_itself(tmp_path, monkeypatch):
    for name in ("SONAE_HOME", "SONAE_BASE_URL", "SONAE_HOSTS", "SONAE_ENVIRONMENT", "SONAE_DEMO_PORT"):
        monkeypatch.setenv(name, "")
    for name in ("SONAE_SYNTHETIC", "SONAE_DEMO_TEMPORARY", "DATABASE_URL", "SONAE_SMTP_HOST", "SONAE_SECRET_KEY"):
        monkeypatch.setenv(name, "")
    ground = environment.prepare(["--home", str(tmp_path / "demo")])
    assert stat.S_IMODE(ground.home.stat().st_mode) == 0o700


def test_what_a_command_writes_is_for_its_user_only(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith(("SONAE_", "DATABASE_"))}
    subprocess.run(
        [sys.executable, "-m", "sonae.site.cli", "migrate"],
        env=surroundings | {"SONAE_HOME": str(home)},
        check=True,
        capture_output=True,
    )
    open_to_others = [path.name for path in home.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077]
    assert (home / "sonae.sqlite3").exists()
    assert not open_to_others
