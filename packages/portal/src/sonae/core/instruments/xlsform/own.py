"""The columns that Sonae adds to XLSForm for what a checklist needs. Programs that do not know them leave them
alone."""

from collections.abc import Mapping
from typing import Any

from sonae.core.instruments.definition import Bounds, CheckDates, ChoiceList, Table
from sonae.core.instruments.vocabulary import AnswerKind, FormProblem, Target
from sonae.core.instruments.xlsform.entries import Entry
from sonae.core.instruments.xlsform.parameters import is_number
from sonae.core.instruments.xlsform.sheets import Faults

KIND, NUMBER, TARGETS, CONTROLS = "sonae_kind", "sonae_number", "sonae_targets", "sonae_controls"
LEAST, MOST, STEP, UNIT = "sonae_least", "sonae_most", "sonae_step", "sonae_unit"
ROUNDS, TARGET_DATE, ROWS = "sonae_check_dates", "sonae_target_date", "sonae_rows"
MAY_BE_UNKNOWN, MAY_BE_OUT_OF_SCOPE = "sonae_may_be_unknown", "sonae_may_be_out_of_scope"
PREFILL = "sonae_prefill"
TITLE = "sonae_title_"
# The lists that stand for yes and no, without and with out of scope, which this room knows by itself.
YES_NO_LIST, YES_NO_SCOPE_LIST = "sonae_yes_no", "sonae_yes_no_out_of_scope"
YES_NO_LISTS = frozenset({YES_NO_LIST, YES_NO_SCOPE_LIST})
ROWS_LIST = "sonae_rows_"


def number(entry: Entry) -> str:
    return entry.one(NUMBER)


def is_table(entry: Entry) -> bool:
    return entry.one(KIND) == AnswerKind.TABLE


def question_facts(entry: Entry, faults: Faults) -> dict[str, Any]:
    """What the added columns say of any question."""
    targets = []
    for word in entry.one(TARGETS).split():
        if word in set(Target):
            targets.append(Target(word))
        else:
            _note(entry, faults, TARGETS, word, ", ".join(Target))
    rounds = entry.one(ROUNDS)
    if rounds and not rounds.isdigit():
        _note(entry, faults, ROUNDS, rounds, "1, 2, 3")
        rounds = ""
    dates = CheckDates(rounds=int(rounds[:3]), needs_target=entry.says_yes(TARGET_DATE)) if rounds else None
    return {
        "number": number(entry),
        "targets": tuple(targets),
        "controls": tuple(entry.one(CONTROLS).split()),
        "dates": dates,
        "may_be_unknown": _yes(entry, faults, MAY_BE_UNKNOWN),
        "may_be_out_of_scope": _yes(entry, faults, MAY_BE_OUT_OF_SCOPE),
        "prefill": entry.one(PREFILL),
    }


def choose(entry: Entry, facts: dict[str, Any]) -> None:
    """Makes a choice of one into a row of the checklist where the form says so."""
    if entry.one(KIND) == AnswerKind.YES_NO:
        facts["kind"] = AnswerKind.YES_NO
        if facts["choices"] in YES_NO_LISTS:
            facts["choices"] = ""


def bounds(entry: Entry, *, is_whole: bool, faults: Faults) -> Bounds:
    return Bounds(
        unit=entry.words(UNIT),
        is_whole=is_whole,
        least=_float(entry, faults, LEAST),
        most=_float(entry, faults, MOST),
        step=_float(entry, faults, STEP),
    )


def table_facts(entry: Entry, facts: dict[str, Any], lists: Mapping[str, ChoiceList]) -> dict[str, Any]:
    """The facts of a table; its columns follow once they have their ids."""
    rows = lists.get(entry.one(ROWS))
    least, most = entry.one(LEAST), entry.one(MOST)
    table = Table(
        columns=(),
        rows=rows.choices if rows else (),
        least=int(least[:4]) if least.isdigit() else 0,
        most=int(most[:4]) if most.isdigit() else None,
    )
    return {**facts, "kind": AnswerKind.TABLE, "table": table}


def _yes(entry: Entry, faults: Faults, column: str) -> bool:
    if entry.rule(column) not in ("", "true()", "false()"):
        _note(entry, faults, column, entry.one(column), "yes, no")
    return entry.says_yes(column)


def _float(entry: Entry, faults: Faults, column: str) -> float | None:
    text = entry.one(column)
    if text and not is_number(text):
        _note(entry, faults, column, text, "1, 2.5")
        return None
    return float(text) if text else None


def _note(entry: Entry, faults: Faults, column: str, value: str, accepted: str) -> None:
    faults.note(
        FormProblem.VALUE_UNKNOWN, entry.sheet, entry.row.number, entry.header_of(column), value, accepted=accepted
    )
