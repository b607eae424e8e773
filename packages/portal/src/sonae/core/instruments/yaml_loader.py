"""Instruments kept in the repository as YAML; every fault with its line and the path of the field.

id: checklist            items:
edition: "2025-05-14"      - section: organisation
title: {ja: …, en: …}        label: {ja: …}
respondent: facility         relevant: ${gate} = 'yes'
fiscal_year: 2025            items:
source: {ja: …, en: …,         - question: manager
  as_of: 2026-11-22}             kind: yes_no
                                 number: 1-①
                                 label: {ja: …}
"""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import TypedDict

from sonae.core.assurance.vocabulary import Citation, DataFileProblem, InTwoLanguages
from sonae.core.instruments.definition import (
    Bounds,
    CheckDates,
    Choice,
    ChoiceList,
    Instrument,
    Item,
    Question,
    Section,
    Table,
)
from sonae.core.instruments.plan import Flaw, Plan, prepare
from sonae.core.instruments.problems import FormFault
from sonae.core.instruments.vocabulary import AnswerKind, DefinitionProblem, FormProblem, Respondent, Target
from sonae.core.instruments.xlsform.names import is_name
from sonae.core.instruments.yaml_fields import Fields, Notes, compose

_TRUTH = {"true": "true()", "false": ""}


def load(content: bytes, *, controls: Container[str] | None = None) -> Instrument | tuple[FormFault, ...]:
    """The instrument in a YAML file, or every fault of it.

    `controls` are the ids of the controls that questions may name; without them they are not looked at.
    """
    found = prepared(content, controls=controls)
    return found.instrument if isinstance(found, Plan) else found


def prepared(content: bytes, *, controls: Container[str] | None = None) -> Plan | tuple[FormFault, ...]:
    """As `load`, and ready for answers."""
    top = compose(content)
    if isinstance(top, FormFault):
        return (top,)
    loading = _Loading(Notes())
    instrument = loading.instrument(Fields(loading.notes, top))
    made = prepare(instrument, controls=controls)
    faults = loading.notes.found
    if isinstance(made, Plan):
        return tuple(sorted(faults, key=_place)) or made
    # A name that stands twice was noted where it stands.
    is_twice = any(fault.reason is DataFileProblem.ID_TWICE for fault in faults)
    faults += [loading.placed(flaw) for flaw in made if not (is_twice and flaw.reason is DefinitionProblem.ID_TWICE)]
    return tuple(sorted(faults, key=_place))


def _place(fault: FormFault) -> tuple[int, str]:
    return fault.row, fault.header


class _Rules(TypedDict):
    relevant: str
    constraint: str
    required: str
    calculation: str
    read_only: str
    default: str
    choice_filter: str


@dataclass(slots=True)
class _Loading:
    notes: Notes
    _places: dict[str, Fields] = field(default_factory=dict)

    def instrument(self, fields: Fields) -> Instrument:
        self._places[""] = fields
        made = Instrument(
            id=fields.required_text("id"),
            edition=fields.required_text("edition"),
            title=fields.words("title"),
            respondent=fields.choice("respondent", Respondent),
            fiscal_year=fields.integer("fiscal_year"),
            valid_from=fields.date("valid_from"),
            valid_until=fields.date("valid_until"),
            is_yearly=fields.yes("yearly"),
            default_language=fields.text("default_language"),
            source=self._source(fields.below("source")),
            choice_lists=tuple(self._list(below) for below in fields.each("choices")),
            items=tuple(self._item(below) for below in fields.each("items")),
        )
        if not made.title:
            self.notes.note(DataFileProblem.FIELD_MISSING, fields.line, "title")
        fields.end()
        return made

    def _source(self, fields: Fields | None) -> Citation | None:
        if fields is None:
            return None
        title = InTwoLanguages(fields.required_text("ja"), fields.text("en"))
        as_of = fields.date("as_of")
        if as_of is None and not fields.text("as_of"):
            self.notes.note(DataFileProblem.FIELD_MISSING, fields.line, fields.path_of("as_of"))
        url, unverified = fields.text("url"), fields.yes("unverified", otherwise=True)
        fields.end()
        return Citation(title, as_of, url, unverified) if as_of else None

    def _list(self, fields: Fields) -> ChoiceList:
        made = ChoiceList(fields.required_text("name"), self._choices(fields, "choices"))
        fields.end()
        return made

    def _choices(self, fields: Fields, name: str) -> tuple[Choice, ...]:
        made: dict[str, Choice] = {}
        for below in fields.each(name):
            value = below.required_text("value")
            if value in made:
                self.notes.note(FormProblem.CHOICE_TWICE, below.line, below.path_of("value"), value, name=name)
            columns = below.below("columns")
            pairs = tuple((column, columns.text(column)) for column in columns.names()) if columns else ()
            made[value] = Choice(value=value, words=below.words("label"), columns=pairs)
            below.end()
        return tuple(made.values())

    def _item(self, fields: Fields) -> Item:
        made = self._section(fields) if fields.has("section") else self._question(fields)
        fields.end()
        return made

    def _id(self, fields: Fields, name: str) -> str:
        id_ = fields.required_text(name)
        if id_ and not is_name(id_):
            self.notes.note(FormProblem.NAME_MALFORMED, fields.line_of(name), fields.path_of(name), id_)
        first = self._places.setdefault(id_, fields) if id_ else fields
        if first is not fields:
            facts = {"value": id_, "first": first.line}
            self.notes.note(DataFileProblem.ID_TWICE, fields.line_of(name), fields.path_of(name), id_, **facts)
        return id_

    def _section(self, fields: Fields) -> Section:
        id_ = self._id(fields, "section")
        return Section(
            id=id_,
            name=id_,
            words=fields.words("label"),
            hint=fields.words("hint"),
            number=fields.text("number"),
            relevant=fields.text("relevant"),
            is_repeat=fields.yes("repeat") or fields.has("count"),
            count=fields.text("count"),
            appearance=fields.text("appearance"),
            items=tuple(self._item(below) for below in fields.each("items")),
        )

    def _question(self, fields: Fields) -> Question:
        id_ = self._id(fields, "question")
        kind = fields.choice("kind", AnswerKind)
        return Question(
            id=id_,
            name=id_,
            kind=kind,
            number=fields.text("number"),
            words=fields.words("label"),
            hint=fields.words("hint"),
            guidance=fields.words("guidance"),
            targets=fields.choices("targets", Target),
            choices=fields.text("choices"),
            has_other=fields.yes("other"),
            bounds=self._bounds(fields) if kind is AnswerKind.NUMBER else None,
            dates=self._dates(fields.below("dates")),
            table=self._table(fields) if kind is AnswerKind.TABLE else None,
            constraint_words=fields.words("constraint_message"),
            required_words=fields.words("required_message"),
            appearance=fields.text("appearance"),
            controls=fields.texts("controls"),
            may_be_unknown=fields.yes("may_be_unknown"),
            may_be_out_of_scope=fields.yes("may_be_out_of_scope"),
            prefill=fields.text("prefill"),
            **self._rules(fields),
        )

    def _rules(self, fields: Fields) -> _Rules:
        required = fields.text("required")
        return _Rules(
            relevant=fields.text("relevant"),
            constraint=fields.text("constraint"),
            required=_TRUTH.get(required, required),
            calculation=fields.text("calculation"),
            read_only=fields.text("read_only"),
            default=fields.text("default"),
            choice_filter=fields.text("choice_filter"),
        )

    def _bounds(self, fields: Fields) -> Bounds:
        return Bounds(
            unit=fields.words("unit"),
            is_whole=fields.yes("whole"),
            least=fields.decimal("least"),
            most=fields.decimal("most"),
            step=fields.decimal("step"),
        )

    def _dates(self, fields: Fields | None) -> CheckDates | None:
        if fields is None:
            return None
        made = CheckDates(rounds=fields.integer("rounds") or 1, needs_target=fields.yes("target", otherwise=True))
        fields.end()
        return made

    def _table(self, fields: Fields) -> Table:
        columns = []
        for below in fields.each("columns"):
            columns.append(self._question(below))
            below.end()
        if not columns and not fields.is_broken:
            self.notes.note(DataFileProblem.FIELD_MISSING, fields.line, fields.path_of("columns"))
        return Table(
            columns=tuple(columns),
            rows=self._choices(fields, "rows"),
            least=fields.integer("least_rows") or 0,
            most=fields.integer("most_rows"),
        )

    def placed(self, flaw: Flaw) -> FormFault:
        """A flaw of the instrument with the line and path of the field it comes from."""
        fields = self._places.get(flaw.id, self._places[""])
        part = {"bounds": "least"}.get(flaw.part, flaw.part)
        value = fields.text(part) if part != "controls" else ""
        line, path = fields.line_of(part), fields.path_of(part)
        if flaw.fault is None:
            return FormFault(flaw.reason, row=line, header=path, value=value, facts=flaw.facts)
        facts = {**flaw.fault.facts, "at": flaw.fault.column}
        return FormFault(flaw.fault.reason, row=line, header=path, value=value, facts=facts)
