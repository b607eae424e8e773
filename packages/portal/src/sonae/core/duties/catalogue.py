"""The catalogue of duties: data files of every room, with a source for every rule.

A duty keeps to the edition under which it was imposed: its title, reason, source and reminders do not change behind it.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import catalogue as controls
from sonae.core.assurance import datafile
from sonae.core.assurance.vocabulary import InTwoLanguages, Strength
from sonae.core.duties.vocabulary import (
    DuePeriod,
    DutyRefusal,
    DutyRule,
    Ending,
    EndingEvidence,
    Freshness,
    Link,
    Openness,
    RecipientKind,
    ScheduleStep,
    Waiving,
    When,
)
from sonae.core.institutions import rules as institutions
from sonae.kernel.calendar import GOVERNMENT_OFFICES, DeadlineRule, DeadlineUnit, FirstDay, RollOver
from sonae.kernel.decision import Refused
from sonae.kernel.errors import NotAllowed

# Where each room keeps the rules of the duties it imposes; those that no room has to itself stand in this one's.
FOLDER = "duties"


@cache
def editions() -> Mapping[tuple[str, date], DutyRule]:
    """Every rule by its name and edition. An edition stays in the files as long as a duty names it."""
    return MappingProxyType(read(datafile.of_every_app(FOLDER)))


@cache
def duty_rules() -> Mapping[str, DutyRule]:
    """The newest edition of every rule by its name, in the order of the catalogue."""
    return MappingProxyType(datafile.newest(editions()))


def rule(name: str) -> DutyRule:
    """The newest edition of the rule of this name; refuses a name that the catalogue does not have."""
    return _known(duty_rules().get(name), name)


def rule_of(name: str, edition: date) -> DutyRule:
    """The rule in the edition under which a duty was imposed."""
    return _known(editions().get((name, edition)), name)


def read(paths: Iterable[Path]) -> dict[tuple[str, date], DutyRule]:
    """The rules of these files; raises BadInput naming file, line and field of every mistake."""
    return datafile.read_editions(paths, entries="duties", read=_rule, name_of=lambda rule: rule.id)


def title_of(rule: DutyRule, facts: Mapping[str, object]) -> str:
    """The title in the language of the moment, its holes filled."""
    return controls.in_language(_filled(rule.title, facts))


def titles_of(name: str, edition: date, facts: Mapping[str, object]) -> InTwoLanguages:
    """The title in both languages; the bare name of a rule that the catalogue no longer has."""
    found = editions().get((name, edition))
    return _filled(found.title, facts) if found else InTwoLanguages(name, name)


def _known(found: DutyRule | None, name: str) -> DutyRule:
    if found is None:
        raise NotAllowed(Refused(DutyRefusal.UNKNOWN_RULE, {"rule": name}))
    return found


def _filled(title: InTwoLanguages, facts: Mapping[str, object]) -> InTwoLanguages:
    return InTwoLanguages(title.ja % _in("ja", facts), title.en % _in("en", facts))


def _in(language: str, facts: Mapping[str, object]) -> dict[str, object]:
    """The facts, each pair of texts replaced by the one in this language."""
    return {
        name: value[language] if isinstance(value, dict) and value.keys() == {"ja", "en"} else value
        for name, value in facts.items()
    }


def rules_titled(word: str) -> frozenset[str]:
    """The rules whose titles, in either language, hold this word."""
    key = institutions.search_key(word)
    return frozenset(
        name
        for (name, _), rule in editions().items()
        if any(
            key in institutions.search_key(text)
            for text in (rule.short.ja, rule.short.en, rule.title.ja, rule.title.en)
        )
    )


def _rule(fields: datafile.Fields, edition: date) -> DutyRule:
    rule = DutyRule(
        id=fields.text("id"),
        edition=edition,
        title=fields.two_languages("title"),
        short=fields.two_languages("short"),
        why=fields.two_languages("why"),
        source=fields.citation("source"),
        recipient=fields.choice("recipient", RecipientKind),
        roles=fields.choices("roles", Role),
        deadline=_deadline(fields),
        openness=fields.choice("openness", Openness),
        ending=fields.choice("ending", Ending),
        waiving=fields.choice("waiving", Waiving),
        schedule=tuple(_step(step) for step in fields.each("schedule")),
        ended_by=tuple(_ending_evidence(one) for one in fields.each("ended_by")) if fields.has("ended_by") else (),
        link=_link(fields.below("link")) if fields.has("link") else None,
    )
    if rule.openness is Openness.OWN and rule.recipient is RecipientKind.INSTITUTION:
        for step in rule.schedule:
            if step.place not in (None, PlaceKind.INSTITUTION):
                fields.refuse(
                    "schedule", value=step.place, why="nobody outside may hear of a duty that only its owner sees"
                )
    return rule


def _deadline(fields: datafile.Fields) -> DeadlineRule | None:
    if fields.choice("due", DuePeriod) is DuePeriod.GIVEN:
        return None
    below = fields.below("deadline")
    count = below.number("count", at_least=1)
    deadline = DeadlineRule(
        count,
        below.choice("unit", DeadlineUnit),
        below.choice("first_day", FirstDay),
        below.choice("roll_over", RollOver),
        GOVERNMENT_OFFICES,
    )
    below.end()
    return deadline


def _step(fields: datafile.Fields) -> ScheduleStep:
    when = fields.choice("when", When)
    step = ScheduleStep(
        when,
        0 if when is When.AT_ONCE else fields.number("count"),
        fields.choice("tell", Role) if fields.has("tell") else None,
        fields.choice("at", PlaceKind) if fields.has("tell") else None,
    )
    fields.end()
    return step


def _ending_evidence(fields: datafile.Fields) -> EndingEvidence:
    control = fields.text("control")
    if control and control not in controls.controls():
        fields.refuse("control", value=control, why="no such control")
    found = EndingEvidence(control, fields.choice("strength", Strength), fields.choice("freshness", Freshness))
    fields.end()
    return found


def _link(fields: datafile.Fields) -> Link:
    link = Link(fields.text("url_name"), fields.yes("takes_subject") if fields.has("takes_subject") else False)
    fields.end()
    return link
