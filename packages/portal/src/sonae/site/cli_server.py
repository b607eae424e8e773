"""Commands that bring the portal up: tables, web server."""

from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.translation import gettext as _
from granian.constants import Interfaces
from granian.server import Server

from sonae.core.institutions import services as institutions
from sonae.core.instruments import services as instruments
from sonae.site import ports, secrets


def migrate() -> None:
    """Brings the database up to this release. Safe to repeat."""
    secrets.private_folder(settings.HOME)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    institutions.ensure_jurisdictions()
    instruments.load_shipped(now=timezone.now())


def serve(
    host: Annotated[str, typer.Option(help=_("Address to listen on."))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help=_("Port to listen on."))] = 8000,
    workers: Annotated[int, typer.Option(help=_("Web processes."))] = 1,
    threads: Annotated[int, typer.Option(help=_("Threads in each process."))] = 4,
) -> None:
    """Serves the portal. Run `sonae migrate` first and `sonae worker` beside it."""
    if behind := pending_migrations():
        sentence = _("The database is not up to date (%(count)d steps). Please run “sonae migrate”.")
        typer.echo(sentence % {"count": behind}, err=True)
        raise typer.Exit(78)
    if refused := ports.refusal_to_listen(host, port):
        sentence = _("It is not possible to listen on %(host)s, port %(port)d: %(why)s. Please name another --port.")
        typer.echo(sentence % {"host": host, "port": port, "why": refused.strerror or refused}, err=True)
        raise typer.Exit(69)
    connection.close()
    Server(
        "sonae.site.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads,
        log_access=False,
    ).serve()


def pending_migrations() -> int:
    """How many steps the database is behind this release."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
