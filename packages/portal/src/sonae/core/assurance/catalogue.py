"""The catalogue of controls: data files with a source for every row."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sonae.core.assurance import datafile
from sonae.core.assurance.vocabulary import AssuranceRefusal, Control, Family, InTwoLanguages
from sonae.core.institutions import rules as institutions
from sonae.core.web import words
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed

FOLDER = Path(__file__).parent / "catalogue"


@cache
def controls() -> Mapping[str, Control]:
    """Every control by its name, in the order of the catalogue."""
    return MappingProxyType(read(FOLDER.glob("*.yaml")))


def control(name: str) -> Control:
    """The control of this name; refuses a name that the catalogue does not have."""
    found = controls().get(name)
    if found is None:
        raise NotAllowed(Refused(AssuranceRefusal.UNKNOWN_CONTROL, {"control": name}))
    return found


def read(paths: Iterable[Path]) -> dict[str, Control]:
    """The controls of these files; raises BadInput naming file, line and field of every mistake."""
    return datafile.read_all(paths, entries="controls", read=_control, name_of=lambda control: control.id)


def in_language(text: InTwoLanguages) -> str:
    """The text in the language of the moment."""
    return text.ja if words.is_japanese() else text.en


def title_of(name: str) -> str:
    """The words for a control; its bare name when the catalogue no longer has it, because old evidence stays."""
    found = controls().get(name)
    return in_language(found.title) if found else name


def controls_titled(word: str) -> frozenset[str]:
    """The controls whose titles, in either language, hold this word."""
    key = institutions.search_key(word)
    return frozenset(
        name
        for name, found in controls().items()
        if any(key in institutions.search_key(text) for text in (found.title.ja, found.title.en))
    )


def _control(fields: datafile.Fields, _edition: date) -> Control:
    return Control(
        id=fields.text("id"),
        family=fields.choice("family", Family),
        title=fields.two_languages("title"),
        expects=fields.two_languages("expects"),
        source=fields.citation("source"),
        lasts_days=fields.number("lasts_days", at_least=1),
    )
