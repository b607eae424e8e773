"""An instrument as an XLSForm workbook: other programs take it, and reading it again gives an equal instrument."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.worksheet.worksheet import Worksheet

from sonae.core.instruments.definition import UNSAID, Choice, Instrument, Item, Question, Section, Table, Words
from sonae.core.instruments.expressions.values import number_text
from sonae.core.instruments.vocabulary import AnswerKind, YesNo
from sonae.core.instruments.xlsform import kinds, own
from sonae.core.instruments.xlsform.headers import language_name
from sonae.core.instruments.xlsform.workbook import LONGEST_CELL

type Cells = dict[str, str]
_FIRST = ("type", "name")
_YES_NO_WORDS = {YesNo.YES: ("はい", "Yes"), YesNo.NO: ("いいえ", "No"), YesNo.OUT_OF_SCOPE: ("対象外", "Out of scope")}


def write(instrument: Instrument) -> bytes:
    """The workbook (.xlsx) of an instrument."""
    writing = _Writing(instrument)
    survey = list(writing.items(instrument.items))
    workbook = Workbook()
    sheet = workbook.active
    assert isinstance(sheet, Worksheet), "a new workbook has a sheet"
    sheet.title = "survey"
    _fill(sheet, survey, _FIRST)
    _fill(workbook.create_sheet("choices"), list(writing.choices()), ("list_name", "name"))
    _fill(workbook.create_sheet("settings"), [writing.settings()], ("form_title", "form_id"))
    for kept in instrument.sheets:
        rows = [dict(zip(kept.header, row, strict=True)) for row in kept.rows]
        _fill(workbook.create_sheet(kept.name), rows, kept.header)
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, rows: list[Cells], first: Iterable[str]) -> None:
    header = list(dict.fromkeys((*first, *(name for row in rows for name, text in row.items() if text))))
    for column, word in enumerate(header, 1):
        sheet.cell(1, column, word)
    for number, row in enumerate(rows, 2):
        for column, word in enumerate(header, 1):
            text = ILLEGAL_CHARACTERS_RE.sub("", row.get(word, ""))[:LONGEST_CELL]
            if text:
                # Kept as text: what begins with = must not become a formula.
                sheet.cell(number, column, text).data_type = "s"


def _words(name: str, words: Words) -> Cells:
    return {
        name if language == UNSAID else f"{name}::{language_name(language)}": text
        for language, text in words.by_language
    }


def _media(media: tuple[tuple[str, Words], ...]) -> Cells:
    cells: Cells = {}
    for kind, words in media:
        cells |= _words(f"media::{kind}", words)
    return cells


@dataclass(slots=True)
class _Writing:
    instrument: Instrument
    # The rows of tables, each as a list of choices of its own.
    _row_lists: dict[str, tuple[Choice, ...]] = field(default_factory=dict)
    _yes_no_lists: set[str] = field(default_factory=set)

    def items(self, items: tuple[Item, ...]) -> Iterator[Cells]:
        for item in items:
            if isinstance(item, Section):
                yield from self._section(item)
            elif item.table is not None:
                yield from self._table(item, item.table)
            else:
                yield self._question(item)

    def _section(self, section: Section) -> Iterator[Cells]:
        block = "repeat" if section.is_repeat else "group"
        yield {
            "type": f"begin {block}",
            "name": section.name,
            **_words("label", section.words),
            **_words("hint", section.hint),
            **_media(section.media),
            "relevant": section.relevant,
            "repeat_count": section.count,
            "appearance": section.appearance,
            "readonly": section.read_only,
            own.NUMBER: section.number,
            **dict(section.others),
        }
        yield from self.items(section.items)
        yield {"type": f"end {block}"}

    def _table(self, question: Question, table: Table) -> Iterator[Cells]:
        cells = {**self._common(question), "type": "begin repeat", own.KIND: AnswerKind.TABLE.value}
        if table.rows:
            name = f"{own.ROWS_LIST}{len(self._row_lists) + 1}"
            self._row_lists[name] = table.rows
            cells[own.ROWS] = name
        cells[own.LEAST] = str(table.least) if table.least else ""
        cells[own.MOST] = "" if table.most is None else str(table.most)
        yield cells
        yield from self.items(table.columns)
        yield {"type": "end repeat"}

    def _question(self, question: Question) -> Cells:
        return {**self._common(question), "type": self._type(question)}

    def _type(self, question: Question) -> str:
        kind = question.kind
        if kind is AnswerKind.YES_NO and not question.choices:
            name = own.YES_NO_SCOPE_LIST if question.may_be_out_of_scope else own.YES_NO_LIST
            self._yes_no_lists.add(name)
            return f"select_one {name}"
        if kind in kinds.SELECT_WORDS or kind is AnswerKind.YES_NO:
            return _select(question)
        if kind is AnswerKind.NUMBER and not question.variant:
            return kinds.INTEGER if question.bounds and question.bounds.is_whole else kinds.PLAIN[kind]
        return question.variant or kinds.PLAIN[kind]

    def _common(self, question: Question) -> Cells:
        return {
            "name": "" if question.variant == kinds.AUDIT else question.name,
            **_words("label", question.words),
            **_words("hint", question.hint),
            **_words("guidance_hint", question.guidance),
            **_media(question.media),
            "relevant": question.relevant,
            "constraint": question.constraint,
            **_words("constraint_message", question.constraint_words),
            "required": question.required,
            **_words("required_message", question.required_words),
            "default": question.default,
            "calculation": question.calculation,
            "trigger": question.trigger,
            "readonly": question.read_only,
            "appearance": question.appearance,
            "parameters": question.parameters,
            "choice_filter": question.choice_filter,
            **_own(question),
            **dict(question.others),
        }

    def choices(self) -> Iterator[Cells]:
        """Every choice of every list, those of tables and of yes and no too."""
        lists = [(found.name, found.choices) for found in self.instrument.choice_lists]
        lists += self._row_lists.items()
        lists += [(name, _yes_no(name)) for name in sorted(self._yes_no_lists)]
        for name, choices in lists:
            for choice in choices:
                yield {
                    "list_name": name,
                    "name": choice.value,
                    **_words("label", choice.words),
                    **_media(choice.media),
                    **dict(choice.columns),
                }

    def settings(self) -> Cells:
        instrument, source = self.instrument, self.instrument.source
        cells = {
            **_title(instrument),
            "form_id": instrument.id,
            "version": instrument.edition,
            "default_language": language_name(instrument.default_language) if instrument.default_language else "",
            **dict(instrument.others),
            "sonae_respondent": instrument.respondent.value,
            "sonae_fiscal_year": str(instrument.fiscal_year or ""),
            "sonae_valid_from": instrument.valid_from.isoformat() if instrument.valid_from else "",
            "sonae_valid_until": instrument.valid_until.isoformat() if instrument.valid_until else "",
            "sonae_yearly": "yes" if instrument.is_yearly else "",
        }
        if source is not None:
            cells |= {
                "sonae_source_ja": source.title.ja,
                "sonae_source_en": source.title.en,
                "sonae_source_url": source.url,
                "sonae_source_as_of": source.as_of.isoformat(),
                "sonae_source_verified": "no" if source.unverified else "yes",
            }
        return cells


def _title(instrument: Instrument) -> Cells:
    """XLSForm knows one title; a title in several languages is kept beside it."""
    title = instrument.title
    main = instrument.default_language or UNSAID
    beside = {f"{own.TITLE}{language}": text for language, text in title.by_language}
    return {"form_title": title.text(main), **({} if set(dict(title.by_language)) == {main} else beside)}


def _select(question: Question) -> str:
    word = kinds.SELECT_WORDS.get(question.kind, "select_one")
    if question.variant == "external":
        word = "select_one_external"
    elif question.choices.endswith(kinds.ENDINGS) and question.kind is not AnswerKind.RANKING:
        word = f"{word}_from_file"
    return f"{word} {question.choices}{' or_other' if question.has_other else ''}"


def _own(question: Question) -> Cells:
    bounds, dates = question.bounds, question.dates
    cells = {
        own.NUMBER: question.number,
        own.TARGETS: " ".join(question.targets),
        own.CONTROLS: " ".join(question.controls),
        own.KIND: AnswerKind.YES_NO.value if question.kind is AnswerKind.YES_NO else "",
        own.MAY_BE_UNKNOWN: "yes" if question.may_be_unknown else "",
        own.MAY_BE_OUT_OF_SCOPE: "yes" if question.may_be_out_of_scope else "",
        own.PREFILL: question.prefill,
    }
    if dates is not None:
        cells |= {own.ROUNDS: str(dates.rounds), own.TARGET_DATE: "yes" if dates.needs_target else "no"}
    if bounds is not None and question.variant != kinds.RANGE:
        cells |= {own.LEAST: _number(bounds.least), own.MOST: _number(bounds.most), own.STEP: _number(bounds.step)}
        cells |= _words(own.UNIT, bounds.unit)
    return cells


def _number(number: float | None) -> str:
    return "" if number is None else number_text(number)


def _yes_no(list_name: str) -> tuple[Choice, ...]:
    return tuple(
        Choice(value=value, words=Words.of({"ja": ja, "en": en}))
        for value, (ja, en) in _YES_NO_WORDS.items()
        if value is not YesNo.OUT_OF_SCOPE or list_name == own.YES_NO_SCOPE_LIST
    )
