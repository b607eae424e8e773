"""`sonae catalogue`: catalogues of controls that others publish, taken in from files."""

from pathlib import Path
from typing import Annotated

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
