"""`sonae`: everything an operator types.

Commands live in modules beside this one. They need Django set up before they are imported, so `main` does that first
and then loads them; `messages` needs nothing and works before anything else does.
"""

import gettext as terminal
import importlib
import os
import sys
from pathlib import Path

import django
import typer
from django.db.utils import OperationalError, ProgrammingError
from django.utils import translation
from django.utils.translation import gettext as _

from sonae.site import catalogues, loading, spoken_help
from sonae.site.demo import environment

PROGRAM = "./sonae"
# Each module offers commands under these names.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("sonae.site.demo.command", "demo"),
    "migrate": ("sonae.site.cli_server", "migrate"),
    "serve": ("sonae.site.cli_server", "serve"),
    "worker": ("sonae.site.cli_worker", "work"),
}
GROUPS: dict[str, tuple[str, str]] = {
    "account": ("sonae.site.cli_account", "app"),
    "audit": ("sonae.site.cli_audit", "app"),
    "catalogue": ("sonae.site.cli_catalogue", "app"),
    "checklist": ("sonae.site.cli_checklist", "app"),
    "feeds": ("sonae.site.cli_feeds", "app"),
    "instrument": ("sonae.site.cli_instrument", "app"),
}


def compile_messages() -> None:
    """Compiles the message catalogues that changed since they were compiled last."""
    count = catalogues.compile_stale()
    if count:
        typer.echo(f"{count} catalogues compiled", err=True)


def build() -> typer.Typer:
    """The program with all its commands."""
    if sys.argv[1:2] == ["messages"]:
        # These run before there is a catalogue to translate with.
        app, messages = typer.Typer(name="sonae", add_completion=False), typer.Typer(no_args_is_help=True)
    else:
        app = typer.Typer(
            name="sonae", no_args_is_help=True, add_completion=False, help="備え Sonae", epilog=_beside(),
            cls=spoken_help.SpokenGroup,
        )  # fmt: skip
        messages = typer.Typer(no_args_is_help=True, help=_("Message catalogues (Japanese and English)."))
    messages.command("compile")(compile_messages)
    app.add_typer(messages, name="messages")
    if sys.argv[1:2] == ["messages"]:
        return app
    # Only what was asked for is loaded: a worker needs nothing of the demonstration, and starts sooner without it.
    known = COMMANDS | GROUPS
    asked = {sys.argv[1]} if sys.argv[1:2] and sys.argv[1] in known else known.keys()
    for name, (module, function) in COMMANDS.items():
        if name in asked:
            app.command(name, help=_promise_of(name))(getattr(importlib.import_module(module), function))
    for name, (module, group) in GROUPS.items():
        if name in asked:
            app.add_typer(getattr(importlib.import_module(module), group), name=name, cls=spoken_help.SpokenGroup)
    return app


def _promise_of(command: str) -> str:
    """What a command does, in the language of the terminal."""
    return {
        "demo": _("Shows the whole promise once with real programs on this machine, then serves on localhost."),
        "migrate": _("Brings the database up to this release. Safe to repeat."),
        "serve": _("Serves the portal. Run “sonae migrate” first and “sonae worker” beside it."),
        "worker": _("Runs jobs and keeps the schedule until it is told to stop. Start as many as you like."),
    }[command]


def _beside() -> str:
    return _("Beside these, ./sonae knows test, check, bench, collector and bundle; docs/reference has a page on them.")


def spoken_at_terminal() -> str:
    """English where the terminal is set to English, else Japanese."""
    said = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "en" if said.lower().startswith("en") else "ja"


def speak(language: str) -> None:
    """Lets the words of the command line itself (“Usage”, “No such option”) be in this language, too."""
    os.environ["LANGUAGE"] = language
    terminal.bindtextdomain("terminal", str(Path(__file__).parent / "locale"))
    terminal.textdomain("terminal")


def main() -> None:
    """Starts the program named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonae.site.settings")
    if sys.argv[1:2] == ["demo"] and "--help" not in sys.argv:
        _prepare_demo()
    with loading.nothing_collected():
        if sys.argv[1:2] != ["messages"]:
            catalogues.compile_stale()
            # The database, its journal, documents, mails and logs are for the user who runs this program.
            os.umask(0o077)
            django.setup()
            translation.activate(spoken_at_terminal())
            speak(spoken_at_terminal())
        program = build()
    try:
        program(prog_name=PROGRAM)
    except (OperationalError, ProgrammingError):
        # A database without its tables, or one of an earlier release; anything else is shown as it is.
        behind = importlib.import_module("sonae.site.cli_server").pending_migrations()
        if not behind:
            raise
        sentence = _("The database is not up to date (%(count)d steps). Please run “sonae migrate”.")
        typer.echo(sentence % {"count": behind}, err=True)
        sys.exit(78)


def _prepare_demo() -> None:
    try:
        environment.prepare(sys.argv[2:])
    except environment.NotOurs as refused:
        typer.echo(
            f"{refused.folder}: このフォルダには実演以外のデータがあります。別のフォルダを --home で指定してください。",
            err=True,
        )
        typer.echo(f"{refused.folder}: not made by a demonstration. Please name another folder with --home.", err=True)
        sys.exit(73)
    except environment.StillRunning as running:
        typer.echo(
            f"{running.folder}: このフォルダでは別の実演が動いています（プロセス{running.pid}）。"
            "そちらを終了するか、別のフォルダを --home で指定してください。",
            err=True,
        )
        typer.echo(
            f"{running.folder}: another demonstration is running here (process {running.pid}). "
            "Please end it, or name another folder with --home.",
            err=True,
        )
        sys.exit(75)
    except environment.PortTaken as taken:
        typer.echo(f"ポート{taken.port}は使用中です。別のポートを --port で指定してください。", err=True)
        typer.echo(f"Port {taken.port} is in use. Please name another one with --port.", err=True)
        sys.exit(69)


if __name__ == "__main__":
    main()
