"""`sonae feeds`: advisories read in from files, for networks without a way out, and fetched from their sources."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae.core.web import problems, words
from sonae.kernel.decision import Refused
from sonae.kernel.errors import SonaeError
from sonae.prevention.advisories import connectors, labels, queries, services
from sonae.prevention.advisories.models import ImportRun, Source
from sonae.prevention.advisories.vocabulary import SourceKind, Trouble

app = typer.Typer(no_args_is_help=True, help=_("Advisories: read in from files, and fetched from their sources."))

_PATH = typer.Argument(exists=True, readable=True, help=_("A file, a folder, or an archive (zip, tar, gzip)."))
_NAME = typer.Argument(help=_("The name of the source, as `sonae feeds list` prints it."))
_ADDRESS = typer.Argument(help=_("The address; left out where the source is one that Sonae knows."))
_KIND = typer.Option(help=_("How the source is asked; left out where the source is one that Sonae knows."))
_SHOWN_PROBLEMS = 20
_TOLD_EVERY_SECONDS = 2.0


@app.callback()
def feeds() -> None:
    """Advisories that the world publishes."""


@app.command(
    name="import",
    help=_("Reads advisories in from a file, a folder or an archive, and prints what came of them. Safe to repeat."),
)
def take_in(path: Annotated[Path, _PATH]) -> None:
    """Reads documents in; ends with 1 where not one of them could be read."""
    run = services.begin_import(path.name, by=None, now=timezone.now())
    try:
        run = services.carry_out(run, services.documents_of(path), now=timezone.now(), told=_progress())
    except SonaeError as refused:
        typer.echo(problems.sentence(refused), err=True)
        raise typer.Exit(1) from refused
    _tell(run)
    if not (run.read or run.faulty or run.repeated or run.marks):
        raise typer.Exit(1)


@app.command(
    help=_("Fetches what is new at a source, and prints what came of it. Interrupted, it goes on where it was.")
)
def pull(name: Annotated[str, _NAME]) -> None:
    """Asks one source now, whether its time has come or not; ends with 1 and the trouble where it cannot be fetched."""
    source = Source.objects.filter(name=name).first()
    if source is None:
        raise typer.BadParameter(_("there is no source of this name"), param_hint="NAME")
    try:
        run = connectors.pull(source, told=_progress(), is_asked_for=True)
    except SonaeError as refused:
        typer.echo(problems.sentence(refused), err=True)
        raise typer.Exit(1) from refused
    _tell(run)
    source.refresh_from_db()
    if source.trouble:
        typer.echo(words.of(Refused(Trouble(source.trouble), source.trouble_facts)), err=True)
        raise typer.Exit(1)


@app.command(help=_("Adds a source: one that Sonae knows by its name, or another with its kind and address."))
def add(
    name: Annotated[str, _NAME],
    address: Annotated[str, _ADDRESS] = "",
    *,
    kind: Annotated[SourceKind | None, _KIND] = None,
) -> None:
    """Adds a source and prints it; ends with 1 and the reason where that is refused."""
    known = connectors.KNOWN.get(name)
    if known is None and (kind is None or not address):
        typer.echo(_("Please give the kind and the address. Known by name: %(names)s")
                   % {"names": ", ".join(connectors.KNOWN)}, err=True)  # fmt: skip
        raise typer.Exit(1)
    chosen = kind or (known.kind if known else SourceKind.FILES)
    try:
        source = services.add_source(
            name, kind=chosen, address=address or (known.address if known else ""), by=None, now=timezone.now()
        )
    except SonaeError as refused:
        typer.echo(problems.sentence(refused), err=True)
        raise typer.Exit(1) from refused
    typer.echo(f"{source.name}\t{source.kind}\t{source.address}")


@app.command(name="list", help=_("Prints the sources with their last success and their last trouble."))
def list_sources() -> None:
    for source in Source.objects.all():
        fetched = words.jst(source.succeeded_at) if source.succeeded_at else _("never")
        typer.echo(f"{source.name}\t{source.kind}\t{fetched}\t{source.trouble or '-'}")


def _progress() -> "_Told":
    return _Told()


class _Told:
    """Prints how far an import is, not oftener than people read."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, run: ImportRun) -> None:
        if time.monotonic() - self._last >= _TOLD_EVERY_SECONDS:
            self._last = time.monotonic()
            print(_("%(count)s documents are done.") % {"count": f"{run.position:,}"}, file=sys.stderr, flush=True)


def _tell(run: ImportRun) -> None:
    for label, count in queries.figures(run):
        typer.echo(f"{count:,}\t{label}")
    refused = queries.refused_documents(run)
    for one in refused[:_SHOWN_PROBLEMS]:
        typer.echo(labels.outcome_sentence(one), err=True)
    if len(refused) > _SHOWN_PROBLEMS:
        typer.echo(_("… and %(count)s more.") % {"count": f"{len(refused) - _SHOWN_PROBLEMS:,}"}, err=True)
