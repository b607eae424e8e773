"""The sheet `choices`: lists of choices with their columns."""

from sonae.core.instruments.definition import Choice, ChoiceList
from sonae.core.instruments.vocabulary import FormProblem
from sonae.core.instruments.xlsform.entries import Entry
from sonae.core.instruments.xlsform.sheets import Faults

_KNOWN = frozenset({"list name", "name", "label"})


def read_lists(entries: list[Entry], faults: Faults, *, may_repeat: bool) -> dict[str, ChoiceList]:
    """Every list by its name; rows without a list are comments."""
    found: dict[str, list[Choice]] = {}
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        list_name, value = entry.one("list name"), entry.one("name")
        if not list_name:
            continue
        choices = found.setdefault(list_name, [])
        row, header = entry.row.number, entry.header_of("name")
        if not value:
            faults.note(FormProblem.CHOICE_NAME_MISSING, entry.sheet, row, header, name=list_name)
            continue
        if (list_name, value) in seen and not may_repeat:
            faults.note(FormProblem.CHOICE_TWICE, entry.sheet, row, header, value, name=list_name)
        seen.add((list_name, value))
        choices.append(_choice(entry, value))
    return {name: ChoiceList(name, tuple(choices)) for name, choices in found.items()}


def _choice(entry: Entry, value: str) -> Choice:
    # A column whose name has a space is a note of the author.
    columns = tuple((name, text) for name, text in entry.others(_KNOWN) if name and " " not in name)
    return Choice(value=value, words=entry.words("label"), media=entry.media(), columns=columns)
