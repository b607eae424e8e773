"""The catalogue of controls: data files with a source for every row."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from sonae.core.assurance import datafile
from sonae.core.assurance.vocabulary import AssuranceRefusal, Control, Family, InTwoLanguages, Openness
from sonae.core.institutions import rules as institutions
from sonae.core.web import words
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed

# Where each room keeps its controls; those that no room has to itself stand in this one's.
FOLDER = "controls"
# Under which name evidence keeps the words of a control that others publish.
KEPT_WORDS = "imported"


@cache
def editions() -> Mapping[tuple[str, date], Control]:
    """Every control by its name and edition. An edition stays in the files as long as evidence names it."""
    return MappingProxyType(read(datafile.of_every_app(FOLDER)))


@cache
def controls() -> Mapping[str, Control]:
    """The newest edition of every control by its name, in the order of the catalogue."""
    return MappingProxyType(datafile.newest(editions()))


@cache
def kept_inside() -> frozenset[str]:
    """The controls whose recorded evidence only the institution reads."""
    return frozenset(name for name, control in controls().items() if control.openness is Openness.OWN)


def control(name: str) -> Control:
    """The newest edition of the control of this name; refuses a name that the catalogue does not have."""
    found = controls().get(name)
    if found is None:
        raise NotAllowed(Refused(AssuranceRefusal.UNKNOWN_CONTROL, {"control": name}))
    return found


def read(paths: Iterable[Path]) -> dict[tuple[str, date], Control]:
    """The controls of these files; raises BadInput naming file, line and field of every mistake."""
    return datafile.read_editions(paths, entries="controls", read=_control, name_of=lambda control: control.id)


def in_language(text: InTwoLanguages) -> str:
    """The text in the language of the moment."""
    return text.ja if words.is_japanese() else text.en


def title_of(name: str, edition: date | None = None) -> str:
    """The words for a control, of the edition asked for if there is one; its bare name once the catalogue lost it."""
    found = editions().get((name, edition)) if edition else None
    found = found or controls().get(name)
    return in_language(found.title) if found else name


def title_of_said(control: str, edition: date, facts: Mapping[str, Any]) -> str:
    """The words for the control that a piece of evidence is about; those that it keeps, of somebody else's control."""
    kept = facts.get(KEPT_WORDS)
    if not isinstance(kept, Mapping):
        return title_of(control, edition)
    named = " ".join(part for part in (kept.get("code"), kept.get("title")) if part) or kept.get("name")
    return f"{named} – {kept.get('catalogue')} ({kept.get('version')})"


def controls_titled(word: str) -> frozenset[str]:
    """The controls whose titles, in either language, hold this word."""
    key = institutions.search_key(word)
    return frozenset(
        name
        for name, found in controls().items()
        if any(key in institutions.search_key(text) for text in (found.title.ja, found.title.en))
    )


def _control(fields: datafile.Fields, edition: date) -> Control:
    return Control(
        id=fields.text("id"),
        edition=edition,
        openness=fields.choice("openness", Openness) if fields.has("openness") else Openness.SUPERVISED,
        family=fields.choice("family", Family),
        title=fields.two_languages("title"),
        expects=fields.two_languages("expects"),
        source=fields.citation("source"),
        lasts_days=fields.number("lasts_days", at_least=1),
    )
