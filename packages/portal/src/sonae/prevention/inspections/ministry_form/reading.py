"""The form in a workbook of the ministry as a draft: every row that is read, and each that cannot be with its place."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date

from sonae.core.assurance.vocabulary import Citation, InTwoLanguages
from sonae.core.instruments.definition import CheckDates, Instrument, Item, Question, Section, Words
from sonae.core.instruments.problems import FormFault
from sonae.core.instruments.vocabulary import AnswerKind, Respondent, Target
from sonae.prevention.inspections.ministry_form.grid import Grid, Line, grids_of
from sonae.prevention.inspections.ministry_form.headers import Header, header_of, plain, targets_in, years_in
from sonae.prevention.inspections.vocabulary import MinistryProblem

P = MinistryProblem
CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_ITEM = rf"[{CIRCLED}]|[(（]\s*[0-9０-９]+\s*[)）]"
_NUMBER = re.compile(rf"(?:([0-9０-９]+)\s*[-－‐―ー]\s*)?({_ITEM})\s*")
_HEADING = re.compile(r"([0-9０-９]{1,2})[.．\s]*([^0-9０-９\s\-－.．].*)")
_GROUP = re.compile(r".*(について|に対して).*")
_NOTE = ("※", "注", "*", "＊")
_GATE = "医療情報システムを導入、運用している"
# What the sections of the forms so far are called, so that their answers stay together over the years.
_SECTIONS = (("体制", "organisation"), ("管理・運用", "operation"), ("インシデント", "incident"), ("規程", "written"))
# Which form a sheet is, by what stands above its headers; the longer words come first.
_FORMS = (
    ("医療機関・薬局確認用", "checklist-facility", Respondent.FACILITY),
    ("医療機関等確認用", "checklist-facility", Respondent.FACILITY),
    ("医療機関確認用", "checklist-facility", Respondent.FACILITY),
    ("事業者確認用", "checklist-vendor", Respondent.VENDOR),
    ("薬局確認用", "checklist-pharmacy", Respondent.PHARMACY),
)

# (instrument, fiscal year) -> the questions of the form before it.
type Earlier = Callable[[str, int], Iterable[Question]]


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was read: the instrument, the rows whose text no earlier form has (by id), what was left out."""

    instrument: Instrument
    new_rows: tuple[str, ...]
    left_out: tuple[FormFault, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    section: int
    number: str
    text: str
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class _Numbered:
    """What a row with a number says: where the number stands, its section (0 for none said), its item, its text."""

    column: int
    section: int
    item: str
    text: str


@dataclass(slots=True)
class _Reading:
    grid: Grid
    header: Header
    faults: list[FormFault] = field(default_factory=list)
    left_out: list[FormFault] = field(default_factory=list)
    rows: list[_Row] = field(default_factory=list)
    notes: dict[int, list[str]] = field(default_factory=dict)
    headings: dict[int, str] = field(default_factory=dict)
    gate: str = ""
    section: int = 0
    group: tuple[Target, ...] = ()
    group_line: int = 0


def read(content: bytes, *, name: str, earlier: Earlier, today: date) -> Draft | tuple[FormFault, ...]:
    """The draft of the form in this workbook, or everything that keeps it from being one, each with its place."""
    grids = grids_of(content, name=name)
    found = [(grid, header) for grid in grids if isinstance(grid, Grid) and (header := header_of(grid))]
    if not found:
        faults = tuple(one for one in grids if isinstance(one, FormFault))
        return faults or (FormFault(P.HEADER_MISSING),)
    if len(found) > 1:
        return (FormFault(P.SEVERAL_SHEETS, facts={"sheets": ", ".join(grid.name for grid, _ in found)}),)
    reading = _Reading(*found[0])
    form = _form_of(reading)
    for line in reading.grid.lines:
        if line.number > reading.header.last_line:
            _read_line(reading, line)
    if not reading.rows and not reading.faults:
        reading.faults.append(reading.grid.fault(P.NO_ROWS, reading.header.last_line))
    if reading.faults or form is None:
        return tuple(sorted(reading.faults, key=lambda fault: fault.row))
    return _draft(reading, *form, earlier=earlier, today=today)


def _form_of(reading: _Reading) -> tuple[str, Respondent, int, str] | None:
    """Instrument, respondent, fiscal year and title, from what stands above the headers and from the sheet's name."""
    above = [line for line in reading.grid.lines if line.number < reading.header.last_line]
    texts = [text for line in above for text in line.cells.values()]
    years = years_in(above)
    if len(years) != 1:
        reading.faults.append(reading.grid.fault(P.YEAR_UNKNOWN, 1))
    said = plain("".join([*texts, reading.grid.name]))
    kind = next((one for one in _FORMS if one[0] in said), None)
    if kind is None:
        reading.faults.append(reading.grid.fault(P.FORM_UNKNOWN, 1))
    if kind is None or len(years) != 1:
        return None
    title = next((text for text in texts if "チェックリスト" in text), kind[0])
    return kind[1], kind[2], next(iter(years)), title


def _read_line(reading: _Reading, line: Line) -> None:
    header = reading.header
    if numbered := _numbered(line, header):
        _take_row(reading, line, numbered)
        return
    said = line.cells.get(header.item, "")
    left = [text for place, text in line.cells.items() if place < header.item]
    for candidate in (*left, said):
        if (heading := _HEADING.fullmatch(candidate)) and not _answers(line, header):
            reading.section, reading.group = int(heading[1]), ()
            reading.headings.setdefault(reading.section, heading[2].strip())
            return
    words = said or next(iter(left), "")
    if plain(_GATE) in plain(words):
        reading.gate = words
    elif words.startswith(_NOTE) and reading.rows:
        reading.notes.setdefault(reading.rows[-1].line, []).append(words)
    elif _GROUP.fullmatch(plain(words)) and targets_in(words) and not _answers(line, header):
        reading.group, reading.group_line = targets_in(words), line.number
    elif said and _answers(line, header):
        reading.faults.append(reading.grid.fault(P.NUMBER_MISSING, line.number, header.item, said))
    else:
        place, value = next(iter(line.cells.items()))
        reading.left_out.append(reading.grid.fault(P.LEFT_OUT, line.number, place, value))


def _numbered(line: Line, header: Header) -> _Numbered | None:
    """What a row says that has a number; it stands in a column of its own, left of the text, or begins the text."""
    for column in sorted(line.cells):
        if column > header.item:
            break
        if found := _NUMBER.match(line.cells[column]):
            rest = line.cells[column][found.end() :].strip()
            text = rest if column == header.item else line.cells.get(header.item, "") or rest
            return _Numbered(column, int(found[1] or 0), _canonical(found[2]), text)
    return None


def _canonical(item: str) -> str:
    return item if item in CIRCLED else f"({int(plain(item).strip('()'))})"


def _answers(line: Line, header: Header) -> bool:
    """Whether a row offers a place for an answer."""
    return any("はい" in plain(text) for column, text in line.cells.items() if column > header.item)


def _take_row(reading: _Reading, line: Line, said: _Numbered) -> None:
    header, grid = reading.header, reading.grid
    section = said.section or reading.section
    if not section:
        reading.faults.append(grid.fault(P.SECTION_UNKNOWN, line.number, said.column, said.item))
        return
    if section != reading.section:
        # A line that names devices right above this row is about it, and not about the section before.
        last = reading.rows[-1].line if reading.rows else 0
        reading.section, reading.group = section, reading.group if reading.group_line > last else ()
    # A section may be named beside its first row, in a cell that spans all of them.
    for place, words in line.cells.items():
        if place < said.column and not _NUMBER.match(words):
            heading = _HEADING.fullmatch(words)
            reading.headings.setdefault(section, heading[2].strip() if heading else words)
    number = f"{section}-{said.item}"
    if not said.text:
        reading.faults.append(grid.fault(P.TEXT_MISSING, line.number, header.item, number))
        return
    targets = _targets(reading, line)
    first = next((one for one in reading.rows if (one.number, one.targets) == (number, targets)), None)
    if first is not None:
        reading.faults.append(grid.fault(P.NUMBER_TWICE, line.number, said.column, number, first=first.line))
        return
    reading.rows.append(_Row(line.number, section, number, said.text, targets))


def _targets(reading: _Reading, line: Line) -> tuple[Target, ...]:
    column = reading.header.target
    said = line.cells.get(column, "") if column else ""
    if not said:
        return reading.group
    found = targets_in(said)
    if not found and plain(said) not in ("-", "―", "ー"):
        reading.faults.append(reading.grid.fault(P.TARGET_UNKNOWN, line.number, column, said))
    return found


def _draft(
    reading: _Reading, id_: str, respondent: Respondent, year: int, title: str, *, earlier: Earlier, today: date
) -> Draft:
    known = {(_bare(one.words.text("ja")), one.targets): one for one in earlier(id_, year)}
    asked = [(row, _known(row, known)) for row in reading.rows]
    new = tuple(_new_id(row) for row, before in asked if before is None)
    sections: dict[int, list[Item]] = {}
    for row, before in asked:
        sections.setdefault(row.section, []).append(_question(reading, row, before))
    gate: list[Item] = []
    if reading.gate:
        gate = [_gate(reading.gate, known)]
    items = [
        Section(
            id=_section_id(number, reading.headings.get(number, "")),
            name=_section_id(number, reading.headings.get(number, "")),
            words=Words.of({"ja": reading.headings.get(number, "") or str(number)}),
            number=str(number),
            relevant="${gate} = 'yes'" if gate else "",
            items=tuple(questions),
        )
        for number, questions in sections.items()
    ]
    source = InTwoLanguages(f"厚生労働省「{title}」", f"Ministry of Health, Labour and Welfare, {title}")
    instrument = Instrument(
        id=id_,
        edition=f"R{year - 2018}",
        title=Words.of({"ja": title}),
        respondent=respondent,
        items=(*gate, *items),
        fiscal_year=year,
        source=Citation(source, today, unverified=True),
        default_language="ja",
    )
    return Draft(instrument, new, tuple(reading.left_out))


def _known(row: _Row, known: dict[tuple[str, tuple[Target, ...]], Question]) -> Question | None:
    """The row of the form before that says the same about the same devices, word for word."""
    return known.get((_bare(row.text), row.targets))


def _question(reading: _Reading, row: _Row, before: Question | None) -> Question:
    dates = CheckDates(rounds=reading.header.rounds, needs_target=reading.header.has_target_date)
    notes = Words.of({"ja": " ".join(reading.notes.get(row.line, []))})
    made = Question(
        id=_new_id(row), name=_new_id(row), kind=AnswerKind.YES_NO, number=row.number, words=Words.of({"ja": row.text}),
        guidance=notes, targets=row.targets, dates=dates, required="true()",
    )  # fmt: skip
    if before is None:
        return made
    return replace(
        made, id=before.id, name=before.name, controls=before.controls, prefill=before.prefill,
        may_be_out_of_scope=before.may_be_out_of_scope,
        words=Words.of({"ja": row.text, "en": dict(before.words.by_language).get("en", "")}),
    )  # fmt: skip


def _gate(text: str, known: dict[tuple[str, tuple[Target, ...]], Question]) -> Question:
    before = known.get((_bare(_GATE), ()))
    english = dict(before.words.by_language).get("en", "") if before else ""
    return Question(
        id="gate", name="gate", kind=AnswerKind.YES_NO, words=Words.of({"ja": text, "en": english}), required="true()",
        prefill=before.prefill if before else "",
    )  # fmt: skip


def _new_id(row: _Row) -> str:
    """A name for a row that no earlier form has: its place in this one, and the devices where they tell rows apart."""
    item = row.number.partition("-")[2]
    position = CIRCLED.index(item) + 1 if item in CIRCLED else int(item.strip("()"))
    return "_".join(
        ["row", str(row.section), str(position), *(target for target in row.targets if target != Target.ALL)]
    )


def _section_id(number: int, heading: str) -> str:
    return next((id_ for word, id_ in _SECTIONS if word in heading), f"section_{number}")


def _bare(text: str) -> str:
    """A text for comparing: without blanks and points, and without the devices that our own labels add in brackets."""
    found = re.sub(r"[(（](サーバ|端末PC|ネットワーク機器)[)）]$", "", text.strip())
    return re.sub(r"[、。,.・()（）「」※]", "", plain(found))
