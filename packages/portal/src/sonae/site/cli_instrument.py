"""`sonae instrument`: surveys and checklists as files – looked through, listed, and written out."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae.core.instruments import drafts
from sonae.core.instruments.definition import Section
from sonae.core.instruments.drafts import Looked
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import DraftRefusal, FileForm
from sonae.core.web import problems, words
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed

app = typer.Typer(no_args_is_help=True, help=_("Surveys and checklists as files."))

_FILE = typer.Argument(exists=True, dir_okay=False, readable=True)
_INSTRUMENT = typer.Argument(help=_("The id of the survey or checklist, as “list” prints it."))
_EDITION = typer.Argument(help=_("The edition, for instance R7."))
_VERSION = typer.Option(help=_("Which version of the edition; the newest where none is named."))
_TO = typer.Option(help=_("The file to write; its name ends with .xlsx or .yaml."))


@app.callback()
def instruments() -> None:
    """Surveys and checklists as files."""


@app.command(name="list", help=_("Prints every published version: instrument, edition, version, fiscal year, title."))
def list_versions() -> None:
    """Prints one line for each version, the newest of an instrument first."""
    for one in Edition.objects.all():
        title = one.title_ja if words.is_japanese() else one.title_en or one.title_ja
        typer.echo(f"{one.instrument}\t{one.edition}\t{one.version}\t{one.fiscal_year or ''}\t{title}")


@app.command(help=_("Reads a form and prints its questions and what differs from the form before; publishes nothing."))
def read(file: Annotated[Path, _FILE], *, to: Annotated[Path | None, _TO] = None) -> None:
    """Ends with 1 and every fault, with sheet, row and column, where there is one; `to` writes the form out again."""
    if not drafts.is_form(file.name):
        _refuse(str(words.of(Refused(DraftRefusal.FILE_KIND))))
    looked = drafts.look_through(file.read_bytes(), file_name=file.name, today=jst_day(timezone.now()))
    if looked.plan is None:
        for problem in looked.problems:
            typer.echo(problems.problem_sentence(problem), err=True)
        raise typer.Exit(1)
    for id_, item in looked.plan.items.items():
        if not isinstance(item, Section):
            typer.echo(f"{id_}\t{item.number}\t{item.words.text(words.language())}")
    _tell(looked)
    if to is not None:
        instrument = looked.plan.instrument
        _write(lambda form: drafts.written_of(instrument, form), to)


@app.command(help=_("Writes a published version as a workbook in the manner of XLSForm (.xlsx) or as YAML (.yaml)."))
def write(
    instrument: Annotated[str, _INSTRUMENT],
    edition: Annotated[str, _EDITION],
    *,
    to: Annotated[Path, _TO],
    version: Annotated[int | None, _VERSION] = None,
) -> None:
    """Writes the file as the page hands it out; ends with 1 where there is no such version."""
    rows = Edition.objects.filter(instrument=instrument, edition=edition)
    found = (rows.current() if version is None else rows.filter(version=version)).first()
    if found is None:
        _refuse(_("There is no such version. “sonae instrument list” prints those that there are."))
    _write(lambda form: drafts.written(found, form), to)


def _tell(looked: Looked) -> None:
    """What differs, as a line for each question."""
    if looked.before is not None:
        told = {"edition": looked.before.edition, "version": looked.before.version}
        typer.echo(_("Compared with edition %(edition)s, version %(version)s:") % told, err=True)
    for one in looked.differences:
        typer.echo(f"{words.of(one.change)}\t{one.id}", err=True)
    typer.echo(str(words.of(looked.consequence)), err=True)


def _write(written: Callable[[FileForm], bytes], to: Path) -> None:
    """Writes the file in the form that its name asks for."""
    if not drafts.is_form(to.name):
        _refuse(str(words.of(Refused(DraftRefusal.FILE_KIND))))
    form = FileForm.XLSFORM if to.name.lower().endswith(".xlsx") else FileForm.YAML
    try:
        to.write_bytes(written(form))
    except NotAllowed as refused:
        _refuse(problems.sentence(refused))


def _refuse(why: str) -> NoReturn:
    typer.echo(why, err=True)
    raise typer.Exit(1)
