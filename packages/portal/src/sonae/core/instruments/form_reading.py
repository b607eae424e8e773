"""A file of an instrument as everybody here reads it: ready for answers, or every problem with its place."""

from sonae.core.assurance import queries as assurance
from sonae.core.assurance.vocabulary import DataFileProblem
from sonae.core.instruments import files
from sonae.core.instruments.definition import Instrument, Item, Section
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.problems import refused
from sonae.core.instruments.vocabulary import FileForm, FormProblem
from sonae.kernel.errors import Problem

# What the columns hold, and the years in which a date can be checked.
LONGEST_ID, LONGEST_EDITION, LONGEST_TITLE, LONGEST_FILE_NAME = 80, 40, 300, 200
FIRST_YEAR, LAST_YEAR = 1955, 2098
# The columns of the sheet “settings” of an XLSForm workbook that say who the form is, each with an example.
_SETTINGS = {"id": ("id_string", "survey-hospital"), "edition": ("version", "R8")}


def read_form(content: bytes, *, file_name: str) -> Plan | tuple[Problem, ...]:
    """The instrument in a file ready for answers, or everything that keeps it from being published, with its place."""
    read = files.prepared(
        content, form=files.form_of(file_name), file_name=file_name, controls=assurance.Subjects()
    )  # fmt: skip
    if not isinstance(read, Plan):
        return tuple(refused(read, file=file_name).problems)
    return (*_of_names(read.instrument, file_name), *_of_rows_in_rows(read, file_name)) or read


def _of_names(instrument: Instrument, file_name: str) -> tuple[Problem, ...]:
    """Where the file does not say which instrument it is: two such files would replace each other."""
    named = {
        "id": (instrument.id, LONGEST_ID),
        "edition": (instrument.edition, LONGEST_EDITION),
        "title": (instrument.title.text("ja"), LONGEST_TITLE),
        "file name": (file_name, LONGEST_FILE_NAME),
    }
    problems = [_missing(name, file_name) for name, (text, _) in named.items() if not text.strip()]
    problems += [
        Problem(FormProblem.CELL_TOO_LONG, file=file_name, field=name, value=text[:200], facts={"most": most})
        for name, (text, most) in named.items()
        if len(text) > most
    ]
    year = instrument.fiscal_year
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        facts = {"value": year, "why": f"{FIRST_YEAR}–{LAST_YEAR}"}
        problems.append(Problem(DataFileProblem.OUT_OF_RANGE, file=file_name, field="fiscal_year", facts=facts))
    return tuple(problems)


def _missing(name: str, file_name: str) -> Problem:
    """What is not said, by the place where the file would say it."""
    if files.form_of(file_name) is FileForm.XLSFORM and name in _SETTINGS:
        column, example = _SETTINGS[name]
        facts = {"column": column, "example": example}
        return Problem(FormProblem.SETTING_MISSING, file=file_name, field=f"settings {column}", facts=facts)
    return Problem(DataFileProblem.FIELD_MISSING, file=file_name, field=name)


def _of_rows_in_rows(plan: Plan, file_name: str) -> tuple[Problem, ...]:
    """What repeats inside of a row: a loader reads it, but nobody here could answer it."""
    return tuple(
        Problem(
            FormProblem.ROWS_IN_ROWS, file=file_name, field=step.element.id,
            facts={"value": step.element.id, "around": step.element.repeats[-1].id},
        )
        for step in plan.steps
        if step.element.repeats and _has_rows(step.item)
    )  # fmt: skip


def _has_rows(item: Item) -> bool:
    return item.is_repeat if isinstance(item, Section) else item.table is not None
