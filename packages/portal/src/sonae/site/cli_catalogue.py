"""`sonae catalogue`: catalogues of controls that others publish, taken in from files and taken back."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae.core.assurance import importing, queries
from sonae.core.assurance.models import ImportedCatalogue
from sonae.core.web import problems, words
from sonae.kernel.errors import BadInput, SonaeError

app = typer.Typer(no_args_is_help=True, help=_("Catalogues of controls that others publish."))

_FILE = typer.Argument(exists=True, dir_okay=False, readable=True)
_FOLLOWS = typer.Option(
    help=_("The title of the catalogue of which this is a later version, where the file does not say so.")
)

_VERSION = typer.Argument(help=_("The id of the version, as the import printed it, or the title of the catalogue."))
_WHY = typer.Option(help=_("Why it is taken back; the audit log keeps it."))


@app.callback()
def catalogues() -> None:
    """Catalogues of controls that others publish."""


@app.command(
    name="import",
    help=_("Takes in an OSCAL catalogue (JSON) or a library of CISO Assistant (YAML), and prints what changed."),
)
def take_in(file: Annotated[Path, _FILE], *, follows: Annotated[str, _FOLLOWS] = "") -> None:
    """Takes in a catalogue as a whole or not at all; ends with 1 and every problem of the file where it is not read."""
    now, earlier = timezone.now(), _titled(follows)
    try:
        found = importing.take_in(
            file.read_bytes(), file_name=file.name, by=None, now=now, follows=earlier.pk if earlier else None
        )
    except BadInput as refused:
        for problem in refused.problems:
            typer.echo(problems.problem_sentence(problem), err=True)
        raise typer.Exit(1) from refused
    except SonaeError as refused:
        typer.echo(problems.sentence(refused), err=True)
        raise typer.Exit(1) from refused
    typer.echo(f"{found.pk}\t{found.title}\t{found.version}\t{found.controls}")
    _tell_changes(found, is_new=found.imported_at == now)


@app.command(
    name="take-back",
    help=_("Takes the newest version of a catalogue back, with a reason, and prints the version that stands again."),
)
def take_back(version: Annotated[str, _VERSION], *, why: Annotated[str, _WHY]) -> None:
    """Takes a version away as the page does; ends with 1 and the reason where that is refused."""
    found = _version(version)
    try:
        before = importing.take_out(found.pk, why=why, by=None, now=timezone.now())
    except SonaeError as refused:
        typer.echo(problems.sentence(refused), err=True)
        raise typer.Exit(1) from refused
    typer.echo(_("The version is taken back."), err=True)
    if before is not None:
        typer.echo(f"{before.pk}\t{before.title}\t{before.version}\t{before.controls}")


def _version(named: str) -> ImportedCatalogue:
    """The version of this id, or the newest one of this title; whether it may be taken back, the verb says."""
    try:
        found = ImportedCatalogue.objects.filter(pk=UUID(named)).first()
    except ValueError:
        found = ImportedCatalogue.objects.current().filter(title=named).first()
    if found is None:
        raise typer.BadParameter(_("no catalogue of this title or id was taken in"), param_hint="VERSION")
    return found


def _titled(title: str) -> ImportedCatalogue | None:
    if not title:
        return None
    found = ImportedCatalogue.objects.current().filter(title=title).first()
    if found is None:
        raise typer.BadParameter(_("no catalogue of this title was taken in"), param_hint="--follows")
    return found


def _tell_changes(found: ImportedCatalogue, *, is_new: bool) -> None:
    if not is_new:
        typer.echo(_("This file was taken in before. Nothing changed."), err=True)
        return
    before = queries.version_before(found)
    for one in queries.changes_since(before, found) if before else ():
        either = one.after or one.before
        assert either is not None, "a change is of an entry"
        typer.echo(f"{words.of(one.move)}\t{either.name}\t{either.title}")
