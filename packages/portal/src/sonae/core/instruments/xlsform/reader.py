"""An XLSForm workbook as an instrument, or everything that is wrong with it: what, and in which sheet, row and
column."""

from collections import Counter
from collections.abc import Container, Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import TypedDict

from sonae.core.assurance.vocabulary import Citation, InTwoLanguages
from sonae.core.instruments.definition import NO_WORDS, UNSAID, ChoiceList, Instrument, KeptSheet, Words
from sonae.core.instruments.plan import MOST_QUESTIONS, Flaw, Plan, prepare
from sonae.core.instruments.problems import FormFault, shortened
from sonae.core.instruments.vocabulary import DefinitionProblem, ExpressionFault, FormProblem, Respondent
from sonae.core.instruments.xlsform import own
from sonae.core.instruments.xlsform.choices import read_lists
from sonae.core.instruments.xlsform.drafts import Finished, finish, size, unrolled
from sonae.core.instruments.xlsform.entries import Entry
from sonae.core.instruments.xlsform.headers import language_code, meanings
from sonae.core.instruments.xlsform.names import is_name, references_in
from sonae.core.instruments.xlsform.sheets import Faults, Sheet
from sonae.core.instruments.xlsform.survey import Survey
from sonae.core.instruments.xlsform.workbook import open_workbook

_KEPT = ("external_choices", "osm")
_SETTINGS = frozenset({"title", "id_string", "version", "default_language"})
# The columns of what can be wrong with a question, where they are called otherwise than its parts.
_PARTS = {
    "count": "repeat_count",
    "controls": own.CONTROLS,
    "bounds": own.LEAST,
    "may_be_unknown": own.MAY_BE_UNKNOWN,
    "may_be_out_of_scope": own.MAY_BE_OUT_OF_SCOPE,
    "prefill": own.PREFILL,
}
_OF_REFERENCES = frozenset(
    {ExpressionFault.UNKNOWN_NAME, ExpressionFault.AMBIGUOUS_NAME, ExpressionFault.REFERENCE_MALFORMED}
)
_DEFAULT_ROOT = "data"


def read(content: bytes, *, name: str, controls: Container[str] | None = None) -> Instrument | tuple[FormFault, ...]:
    """The instrument in a workbook (.xlsx) or a CSV file of sheets, or every fault of it.

    `controls` are the ids of the controls that questions may name; without them they are not looked at.
    """
    found = prepared(content, name=name, controls=controls)
    return found.instrument if isinstance(found, Plan) else found


def prepared(content: bytes, *, name: str, controls: Container[str] | None = None) -> Plan | tuple[FormFault, ...]:
    """As `read`, and ready for answers."""
    sheets = open_workbook(content, name=name)
    return sheets if isinstance(sheets, tuple) else _Reading(sheets, PurePosixPath(name).stem, controls).run()


def read_sheets(
    sheets: Mapping[str, Sheet], *, name: str, controls: Container[str] | None = None
) -> Instrument | tuple[FormFault, ...]:
    """The instrument in sheets that have been opened."""
    found = _Reading(sheets, PurePosixPath(name).stem, controls).run()
    return found.instrument if isinstance(found, Plan) else found


class _OwnSettings(TypedDict):
    respondent: Respondent
    fiscal_year: int | None
    source: Citation | None
    valid_from: date | None
    valid_until: date | None
    is_yearly: bool


class _Reading:
    def __init__(self, sheets: Mapping[str, Sheet], stem: str, controls: Container[str] | None) -> None:
        self._sheets = sheets
        self._stem = stem
        self._controls = controls
        self._faults = Faults()
        self._language = ""
        self._meanings = {sheet: meanings(found, self._faults) for sheet, found in sheets.items() if sheet not in _KEPT}

    def run(self) -> Plan | tuple[FormFault, ...]:
        faults = self._faults
        sheet = self._sheets.get("survey")
        if sheet is None or not sheet.headers:
            faults.note(FormProblem.SURVEY_MISSING)
            return tuple(faults.found)
        if "entities" in self._sheets and self._sheets["entities"].rows:
            faults.note(FormProblem.ENTITIES_UNSUPPORTED, self._sheets["entities"], 1)
        settings = next(iter(self._entries("settings")), None)
        self._language = language_code(settings.one("default_language")) if settings else ""
        self._want_header(sheet, "type")
        lists = self._lists(settings)
        root = settings.one("name") if settings else ""
        survey = Survey(sheet, lists, self._external_lists(), root or _DEFAULT_ROOT, faults)
        drafts = survey.read(self._entries("survey", keeps_spaces=bool(settings) and self._keeps_spaces(settings)))
        self._look_at_settings(settings, root)
        self._look_at_references(survey.names, settings)
        if any(fault.reason is FormProblem.NESTED_TOO_DEEP for fault in faults.found):
            return tuple(sorted(faults.found, key=_place))
        if size(drafts) > MOST_QUESTIONS:
            faults.note(FormProblem.TOO_MANY_QUESTIONS, sheet, 0, "", "", most=MOST_QUESTIONS)
            return tuple(sorted(faults.found, key=_place))
        finished = finish(unrolled(drafts))
        instrument = self._instrument(finished, lists, settings, survey.settings)
        made = prepare(instrument, controls=self._controls)
        if isinstance(made, Plan):
            return tuple(sorted(faults.found, key=_place)) or made
        self._note_flaws(made, finished, sheet)
        return tuple(sorted(faults.found, key=_place))

    def _entries(self, name: str, *, keeps_spaces: bool = False) -> list[Entry]:
        sheet = self._sheets.get(name)
        if sheet is None:
            return []
        return [Entry(sheet, row, self._meanings[name], self._language, keeps_spaces) for row in sheet.rows]

    @staticmethod
    def _keeps_spaces(settings: Entry | None) -> bool:
        return settings is not None and settings.rule("clean_text_values") == "false()"

    def _want_header(self, sheet: Sheet, name: str) -> None:
        if all(meaning.name != name for meaning in self._meanings[sheet.name].values()):
            self._faults.note(FormProblem.HEADER_MISSING, sheet, 1, name=name)

    def _lists(self, settings: Entry | None) -> dict[str, ChoiceList]:
        sheet = self._sheets.get("choices")
        if sheet is not None and sheet.rows:
            self._want_header(sheet, "name")
        may_repeat = settings is not None and settings.says_yes("allow_choice_duplicates")
        return read_lists(self._entries("choices", keeps_spaces=True), self._faults, may_repeat=may_repeat)

    def _external_lists(self) -> frozenset[str] | None:
        sheet = self._sheets.get("external_choices")
        if sheet is None or not sheet.rows:
            return None
        return frozenset(row.cells.get("list name", row.cells.get("list_name", "")) for row in sheet.rows) - {""}

    def _look_at_settings(self, settings: Entry | None, root: str) -> None:
        if settings is None:
            return
        row, sheet = settings.row.number, settings.sheet
        if root and not is_name(root):
            self._faults.note(FormProblem.NAME_MALFORMED, sheet, row, "name", root)
        if settings.says_yes("omit_instanceID") and settings.one("public_key"):
            self._faults.note(FormProblem.INSTANCE_ID_NEEDED, sheet, row, "omit_instanceID")

    def _look_at_references(self, names: list[str], settings: Entry | None) -> None:
        """Every `${…}` wherever one may stand: readable, of a name that the survey has, and has once."""
        counts = Counter(names)
        if settings is None or not settings.says_yes("omit_instanceID"):
            counts["instanceID"] += 1
        for sheet, found in self._meanings.items():
            skipped = {header for header, meaning in found.items() if not _holds_references(sheet, meaning.name)}
            for row in self._sheets[sheet].rows:
                for header, text in row.cells.items():
                    if "${" in text and header not in skipped:
                        self._look_at_cell(self._sheets[sheet], row.number, header, text, counts)

    def _look_at_cell(self, sheet: Sheet, row: int, header: str, text: str, counts: Counter[str]) -> None:
        for written, name in references_in(text):
            facts: dict[str, object]
            if name is None:
                reason, facts = ExpressionFault.REFERENCE_MALFORMED, {"found": written[:40]}
            elif counts[name] == 1:
                continue
            else:
                reason = ExpressionFault.AMBIGUOUS_NAME if counts[name] else ExpressionFault.UNKNOWN_NAME
                facts = {"name": name}
            column = sheet.column_of(header)
            self._faults.found.append(FormFault(reason, sheet.name, row, column, header, shortened(text), facts))

    def _instrument(
        self, finished: Finished, lists: dict[str, ChoiceList], settings: Entry | None, in_survey: dict[str, str]
    ) -> Instrument:
        def said(name: str) -> str:
            return in_survey.get(name) or (settings.one(name) if settings else "")

        id_ = said("id_string") or self._stem or _DEFAULT_ROOT
        title = Words.of({self._language or UNSAID: said("title") or id_})
        kept = tuple(
            found
            for name, found in lists.items()
            if name not in own.YES_NO_LISTS and not name.startswith(own.ROWS_LIST)
        )
        others = [pair for pair in in_survey.items() if pair[0] == "prefix"]
        return Instrument(
            id=id_,
            edition=said("version"),
            title=(settings.titles() if settings else NO_WORDS) or title,
            items=finished.items,
            choice_lists=kept,
            default_language=self._language,
            others=(*(settings.others(_SETTINGS) if settings else ()), *others),
            sheets=tuple(_kept(self._sheets[name]) for name in _KEPT if name in self._sheets),
            **self._own_settings(settings),
        )

    def _own_settings(self, settings: Entry | None) -> _OwnSettings:
        respondent = settings.one("sonae_respondent") if settings else ""
        year = settings.one("sonae_fiscal_year") if settings else ""
        if settings and respondent and respondent not in set(Respondent):
            self._note_setting(settings, "sonae_respondent", respondent, ", ".join(Respondent))
            respondent = ""
        if settings and year and not (year.isdigit() and len(year) == 4):
            self._note_setting(settings, "sonae_fiscal_year", year, "2026")
            year = ""
        yearly = settings.one("sonae_yearly") if settings else ""
        if settings and yearly not in ("", "yes", "no"):
            self._note_setting(settings, "sonae_yearly", yearly, "yes, no")
        return _OwnSettings(
            respondent=Respondent(respondent) if respondent else Respondent.FACILITY,
            fiscal_year=int(year) if year else None,
            source=self._source(settings),
            valid_from=self._date(settings, "sonae_valid_from"),
            valid_until=self._date(settings, "sonae_valid_until"),
            is_yearly=yearly == "yes",
        )

    def _source(self, settings: Entry | None) -> Citation | None:
        as_of = self._date(settings, "sonae_source_as_of")
        if settings is None or as_of is None:
            return None
        title = InTwoLanguages(settings.one("sonae_source_ja"), settings.one("sonae_source_en"))
        unverified = not settings.says_yes("sonae_source_verified")
        return Citation(title, as_of, settings.one("sonae_source_url"), unverified)

    def _date(self, settings: Entry | None, name: str) -> date | None:
        text = settings.one(name) if settings else ""
        if settings is None or not text:
            return None
        try:
            return date.fromisoformat(text[:10])
        except ValueError:
            self._note_setting(settings, name, text, "2026-04-01")
            return None

    def _note_setting(self, settings: Entry, name: str, value: str, accepted: str) -> None:
        row = settings.row.number
        self._faults.note(FormProblem.VALUE_UNKNOWN, settings.sheet, row, name, value, accepted=accepted)

    def _note_flaws(self, flaws: tuple[Flaw, ...], finished: Finished, sheet: Sheet) -> None:
        seen = {(fault.row, fault.header) for fault in self._faults.found if fault.sheet == sheet.name}
        placed = [(flaw, self._placed(flaw, finished, sheet)) for flaw in flaws]
        new = [
            fault
            for flaw, fault in placed
            if not ((fault.row, fault.header) in seen and fault.reason in _OF_REFERENCES)
            # Lists and names were looked at row by row.
            and flaw.reason not in (DefinitionProblem.CHOICES_MISSING, DefinitionProblem.ID_TWICE)
        ]
        # What has a flaw is no instrument, also where nobody thought of it row by row.
        self._faults.found += new if new or self._faults.found else [fault for _, fault in placed]

    def _placed(self, flaw: Flaw, finished: Finished, sheet: Sheet) -> FormFault:
        """A flaw of the instrument with the place in the sheet it comes from."""
        row = finished.rows.get(flaw.id, 0)
        part = _PARTS.get(flaw.part, flaw.part)
        header = next((head for head, meaning in self._meanings["survey"].items() if meaning.name == part), part)
        cells = next((found.cells for found in sheet.rows if found.number == row), {})
        value, column = shortened(cells.get(header, "")), sheet.column_of(header)
        if flaw.fault is None:
            return FormFault(flaw.reason, sheet.name, row, column, header, value, flaw.facts)
        facts = {**flaw.fault.facts, "at": flaw.fault.column}
        return FormFault(flaw.fault.reason, sheet.name, row, column, header, value, facts)


def _place(fault: FormFault) -> tuple[str, int, int, str]:
    return fault.sheet, fault.row, len(fault.column), fault.column


def _holds_references(sheet: str, name: str) -> bool:
    if sheet == "survey":
        return name not in ("type", "name", "trigger")
    return sheet != "choices" or name == "label" or name.startswith("media::")


def _kept(sheet: Sheet) -> KeptSheet:
    header = tuple(found.text for found in sheet.headers)
    return KeptSheet(sheet.name, header, tuple(tuple(row.cells.get(word, "") for word in header) for row in sheet.rows))
