"""`sonae checklist`: the ministry's checklist out of its workbook."""

from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae.core.instruments.definition import questions
from sonae.core.web import problems
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.inspections.ministry_form import drafts

app = typer.Typer(no_args_is_help=True, help=_("The ministry's checklist."))

_FILE = typer.Argument(exists=True, dir_okay=False, readable=True)
_DRAFT = typer.Option(help=_("Where to write the draft, as a workbook that can be looked through and published."))


@app.callback()
def checklists() -> None:
    """The ministry's checklist."""


@app.command(help=_("Reads a workbook of the ministry and prints each row that was read; publishes nothing."))
def read(file: Annotated[Path, _FILE], *, draft: Annotated[Path | None, _DRAFT] = None) -> None:
    """Prints each row; ends with 1 and each row that cannot be read, with sheet, row and column, where there is one."""
    try:
        found = drafts.draft_of(file.read_bytes(), name=file.name, now=timezone.now())
    except BadInput as refused:
        for problem in refused.problems:
            typer.echo(problems.problem_sentence(problem), err=True)
        raise typer.Exit(1) from refused
    for question in questions(found.instrument.items):
        typer.echo(f"{question.id}\t{question.number}\t{question.words.text('ja')}")
    for one in found.left_out:
        place = f"{one.sheet} {one.column}"
        typer.echo(problems.problem_sentence(Problem(one.reason, file.name, one.row, place, one.value)), err=True)
    if draft is not None:
        draft.write_bytes(drafts.workbook_of(found))
