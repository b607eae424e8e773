"""`sonae`: everything an operator types."""

import os
import sys

import django
import typer

from sonae.site import catalogues

app = typer.Typer(name="sonae", no_args_is_help=True, add_completion=False, help="備え Sonae")
messages_app = typer.Typer(no_args_is_help=True, help="Message catalogues (ja/en).")
app.add_typer(messages_app, name="messages")


@messages_app.command("compile")
def compile_messages() -> None:
    """Compiles the message catalogues that changed since they were compiled last."""
    count = catalogues.compile_stale()
    if count:
        typer.echo(f"{count} catalogues compiled", err=True)


def main() -> None:
    """Starts the program named on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonae.site.settings")
    if sys.argv[1:2] != ["messages"]:
        catalogues.compile_stale()
        django.setup()
    app()


if __name__ == "__main__":
    main()
