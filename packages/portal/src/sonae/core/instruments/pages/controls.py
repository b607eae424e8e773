"""The fields of one question as the templates draw them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from sonae.core.instruments import entries
from sonae.core.instruments.answers import unknown_as_of
from sonae.core.instruments.checks import ROW, Findings
from sonae.core.instruments.definition import Instrument, Question
from sonae.core.instruments.entries import Entered
from sonae.core.instruments.outline import Line
from sonae.core.instruments.pages.wording import choices_of, label_of, say, unknown_words
from sonae.core.instruments.table_rules import rows_in
from sonae.core.instruments.vocabulary import AnswerKind

# More choices than this are a list to open; in a table, where there is little room, each is.
MOST_RADIOS = 12
_NO_ORIGINS: Mapping[int, str] = {}
_ANYTHING = re.compile(".*", re.DOTALL)
_INPUTS = {
    AnswerKind.DATE: ("date", re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)),
    AnswerKind.TIME: ("time", re.compile(r"\d{2}:\d{2}(:\d{2})?", re.ASCII)),
    AnswerKind.MOMENT: ("datetime-local", re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", re.ASCII)),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One input with its own id."""

    id: str
    name: str
    value: str = ""
    type: str = "text"


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Control:
    """How an answer is entered. `shape` names the template's branch: radios, select, ticks, places, input, lines
    or tick."""

    shape: str
    field: Field
    options: tuple[Option, ...] = ()
    places: tuple[tuple[Field, tuple[Option, ...]], ...] = ()
    unit: str = ""
    checks: tuple[Field, ...] = ()
    target: Field | None = None
    unknown: Field | None = None
    unknown_words: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    label: str
    control: Control
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    cells: tuple[Cell, ...]
    # Where it comes from, of a row that was taken over.
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """Questions that are answered in rows."""

    counter: Field
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    is_named: bool


def control(
    question: Question,
    instrument: Instrument,
    fields: Entered,
    *,
    name: str,
    id_: str,
    offered: frozenset[str] | None = None,
) -> Control:
    """The fields of one question, filled with what was entered; `offered` is what a filter leaves of its choices."""
    choices = choices_of(question, instrument)
    is_listed = bool(choices)
    if offered is not None:
        choices = [(value, text) for value, text in choices if value in offered]
    if is_listed:
        # What stands there and is no choice is shown too: else the next save would take it away unseen.
        known = {value for value, _words in choices}
        told = dict(choices_of(question, instrument))
        choices += [(one, told.get(one, one)) for one in fields.get(name, ()) if one not in known]
    field = Field(f"{id_}-answer", name, _first(fields, name), _type_of(question.kind, _first(fields, name)))
    drawn = _drawn(question, choices, fields, field, is_listed=is_listed)
    target = _first(fields, f"{name}@target")
    if question.kind is AnswerKind.YES_NO and question.dates:
        given = [*fields.get(f"{name}@checked", ()), *[""] * question.dates.rounds][: question.dates.rounds]
        drawn = replace(
            drawn,
            checks=tuple(
                Field(f"{id_}-checked-{number}", f"{name}@checked", day, _type_of(AnswerKind.DATE, day))
                for number, day in enumerate(given, 1)
            ),
            target=Field(f"{id_}-target", f"{name}@target", target, _type_of(AnswerKind.DATE, target))
            if question.dates.needs_target
            else None,
        )
    if not question.may_be_unknown:
        return drawn
    moment = _first(fields, f"{name}@unknown")
    since = unknown_as_of({"unknown_as_of": moment})
    return replace(
        drawn,
        unknown=Field(f"{id_}-unknown", f"{name}@unknown", moment),
        unknown_words=unknown_words(since) if since else _("Not known at this moment"),
    )


def _type_of(kind: AnswerKind, value: str) -> str:
    """The type of the input; a browser would show a day that is none as an empty field, and send it back empty."""
    name, pattern = _INPUTS.get(kind, ("text", _ANYTHING))
    return name if not value or pattern.fullmatch(value) else "text"


def _drawn(
    question: Question, choices: list[tuple[str, str]], fields: Entered, field: Field, *, is_listed: bool
) -> Control:
    match question.kind:
        case AnswerKind.YES_NO | AnswerKind.SINGLE if is_listed:
            shape = "radios" if len(choices) <= MOST_RADIOS else "select"
            # What cannot be un-chosen is offered to be taken away.
            none = [("", _("No answer"))] if shape == "select" or field.value else []
            return Control(shape, field, _options([*choices, *none], [field.value], field.id))
        case AnswerKind.MULTIPLE if is_listed:
            return Control("ticks", field, _options(choices, fields.get(field.name, ()), field.id))
        case AnswerKind.RANKING if is_listed:
            return Control("places", field, places=_places(choices, list(fields.get(field.name, ())), field))
        case AnswerKind.NUMBER:
            return Control("input", field, unit=say(question.bounds.unit) if question.bounds else "")
        case AnswerKind.TEXT:
            return Control("lines", field)
        case AnswerKind.TICK:
            return Control("tick", field, _options([("OK", _("Acknowledged"))], [field.value], field.id))
    return Control("input", field)


def grid(
    line: Line,
    instrument: Instrument,
    value: object,
    *,
    id_: str,
    findings: Findings,
    origins: Mapping[int, str] = _NO_ORIGINS,
) -> Grid:
    """The rows of a table, with some to add where they are not named; `findings` know what a row asks and offers.

    `origins` says where rows come from that were taken over, by their place in the answer.
    """
    fields = entries.entered(line, value)
    item = line.item
    named = item.table.rows if isinstance(item, Question) and item.table else ()
    count = entries.rows_shown(line, value)
    rows = []
    for number in range(count):
        label = say(named[number].words) or named[number].value if named else _("Row %(row)s") % {"row": number + 1}
        cells = tuple(
            Cell(
                label_of(column),
                _cell(
                    column,
                    instrument,
                    fields,
                    (item.id, number, id_),
                    offered=findings.offered.get((column.id, (number + 1,))),
                ),
                findings.asks(column.id, number + 1),
            )
            for column in line.columns
        )
        place = _place_of(named[number].value, value) if named else number
        rows.append(Row(label, cells, origins.get(place, "")))
    counter = Field(f"{id_}-rows", entries.rows_of(item.id), str(count))
    return Grid(counter, tuple(label_of(column) for column in line.columns), tuple(rows), bool(named))


def _place_of(name: str, value: object) -> int:
    """Where in an answer a named row stands; -1 where it does not."""
    return next((place for place, row in enumerate(rows_in(value)) if row.get(ROW) == name), -1)


def _cell(
    column: Question,
    instrument: Instrument,
    fields: Entered,
    place: tuple[str, int, str],
    *,
    offered: frozenset[str] | None,
) -> Control:
    question, row, id_ = place
    name = entries.cell_of(question, row, column.id)
    drawn = control(column, instrument, fields, name=name, id_=f"{id_}-{row}-{column.name}", offered=offered)
    if drawn.shape == "lines":
        return replace(drawn, shape="input")
    if drawn.shape != "radios":
        return drawn
    options = [(one.value, one.label) for one in drawn.options if one.value]
    return replace(drawn, shape="select", options=_options([*options, ("", "")], [drawn.field.value], drawn.field.id))


def _options(choices: list[tuple[str, str]], chosen: object, id_: str) -> tuple[Option, ...]:
    held = set(chosen) if isinstance(chosen, list | tuple) else set()
    return tuple(
        Option(f"{id_}-{number}", value, label, bool(value) and value in held)
        for number, (value, label) in enumerate(choices, 1)
    )


def _places(
    choices: list[tuple[str, str]], order: list[str], field: Field
) -> tuple[tuple[Field, tuple[Option, ...]], ...]:
    """One list for the first place, one for the second, and so on."""
    made = []
    for number in range(len(choices)):
        chosen = order[number] if number < len(order) else ""
        place = Field(f"{field.id}-{number + 1}", field.name, chosen)
        made.append((place, _options([*choices, ("", _("No answer"))], [chosen], place.id)))
    return tuple(made)


def _first(fields: Entered, name: str) -> str:
    found = fields.get(name, ())
    return found[0] if found else ""
