"""How questions, options and classes are called in the language of the moment."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from sonae.core.institutions.vocabulary import InstitutionKind, Prefecture
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.definition import Question
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.vocabulary import OTHER, YesNo
from sonae.core.web import words
from sonae.prevention.surveys.places import prefecture_name
from sonae.prevention.surveys.results.versions import Since
from sonae.prevention.surveys.results.vocabulary import ASKED, EVERYBODY, FIRST_OPTION, PLACES, Class, Column
from sonae.prevention.surveys.vocabulary import Band, Dimension

# The order in which the classes of a breakdown stand.
ORDER: dict[Dimension, tuple[str, ...]] = {
    Dimension.BAND: tuple(Band),
    Dimension.PREFECTURE: tuple(Prefecture),
    Dimension.KIND: tuple(InstitutionKind),
}
# What stands where a figure is kept back.
KEPT_BACK = "＊"


def class_name(each: Class) -> str:
    """What a class of a breakdown is called."""
    if each == EVERYBODY:
        return _("All")
    match Dimension(each[0]):
        case Dimension.BAND:
            return words.of(Band(each[1]))
        case Dimension.PREFECTURE:
            return prefecture_name(each[1])
    return words.of(InstitutionKind(each[1]))


def of_denominator(figure: int | None, asked: int | None) -> str:
    """A figure with its denominator: "1,234 / 5,353"; what is kept back is marked."""
    said = (KEPT_BACK if one is None else words.number(one) for one in (figure, asked))
    return " / ".join(said)


def question_name(plan: Plan, column: Column) -> str:
    return instruments.title_of(plan, column.question)


def figure_name(plan: Plan, column: Column, place: int) -> str:
    """What a figure of a question is called: who was asked, how they stand to it, or an option."""
    if place == ASKED:
        return _("Asked (denominator)")
    if place >= FIRST_OPTION:
        return option_names(plan, column)[place - FIRST_OPTION]
    return words.of(next(standing for standing, at in PLACES.items() if at == place))


def reader_name(prefecture: str) -> str:
    """Who could learn of a figure: everybody, or whoever knows the row of a prefecture."""
    if not prefecture:
        return _("everybody who reads these figures")
    return _("whoever reads the responses of %(prefecture)s") % {"prefecture": prefecture_name(prefecture)}


def versions_line(answered_under: Sequence[int]) -> str:
    """Under which versions of the form a result was answered, where it was not one alone."""
    if len(answered_under) < 2:
        return ""
    return _("answered under versions %(versions)s") % {"versions": _numbers(sorted(answered_under))}


def version_notes(plan: Plan, column: Column, since: Since) -> list[str]:
    """What only some versions of the form ask of a question: whom its denominator can hold at all."""
    notes = []
    if asked := since.questions.get(column.question):
        said = _("Asked under version %(versions)s alone: who answered another version is not in the denominator.")
        notes.append(said % {"versions": _numbers(asked)})
    offered = since.options.get(column.question, {})
    for value, name in zip(column.options, option_names(plan, column), strict=True):
        if value in offered:
            said = _("“%(option)s” was offered under version %(versions)s alone.")
            notes.append(said % {"option": name, "versions": _numbers(offered[value])})
    return notes


def _numbers(versions: Iterable[int]) -> str:
    return ", ".join(map(str, versions))


def option_names(plan: Plan, column: Column) -> tuple[str, ...]:
    """What the options of a question are called, in their order."""
    item = plan.items.get(column.question)
    language = words.language()
    known = {OTHER: _("Other"), **{member.value: words.of(member) for member in (YesNo.YES, YesNo.NO)}}
    if isinstance(item, Question):
        found = {one.value: one.words.text(language) for one in plan.instrument.choices_of(item)}
        known |= {value: text for value, text in found.items() if text}
    return tuple(known.get(value, value) for value in column.options)
