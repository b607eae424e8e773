"""The sentences of a disclosure, composed from its statements in both languages. No word of a report is copied."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from sonae.core.institutions.vocabulary import PREFECTURES
from sonae.core.web import words
from sonae.response.disclosure.vocabulary import Attack, Route, Statements, WithdrawalReason


@dataclass(frozen=True, slots=True)
class Text:
    """A title and a body in Markdown."""

    title: str
    body: str


def compose(statements: Statements, *, summary: str, indicator_count: int, language: str) -> Text:
    """What everyone will read, in this language."""
    with override(language):
        sentences = [_where(statements), *_how(statements)]
        if indicator_count:
            sentences.append(
                ngettext(
                    "%(count)s indicator has been sent to the collectors of all institutions.",
                    "%(count)s indicators have been sent to the collectors of all institutions.",
                    indicator_count,
                )
                % {"count": words.number(indicator_count)}
            )
        sentences.append(_("If your collector reports a sighting, please handle it as your duty says."))
        parts = ["\n".join(f"- {sentence}" for sentence in sentences)]
        if summary.strip():
            parts.append(summary.strip())
        parts.append(
            _("This notice was made so that it fits many institutions. Please do not try to guess which one it was.")
        )
        return Text(title=_title(statements), body="\n\n".join(parts))


def withdrawal_words(reason: WithdrawalReason) -> str:
    """Why it was taken back, in both languages, as everyone reads it."""
    told = []
    for language in ("ja", "en"):
        with override(language):
            told.append(words.of(reason))
    return "\n".join(told)


def _title(statements: Statements) -> str:
    if statements.attack is Attack.UNSAID:
        return _("Cyber-attack on a medical institution")
    return _("Cyber-attack on a medical institution: %(attack)s") % {"attack": words.of(statements.attack)}


def _where(statements: Statements) -> str:
    facts = {
        "who": _who(statements),
        "area": _area(statements),
        "beds": bed_words(statements.beds_from, statements.beds_through),
        "month": month_words(statements.month),
    }
    if statements.month:
        return _("Reported in %(month)s by %(who)s (%(area)s; licensed beds: %(beds)s).") % facts
    return _("Reported by %(who)s (%(area)s; licensed beds: %(beds)s).") % facts


def _how(statements: Statements) -> list[str]:
    said = []
    if statements.attack is not Attack.UNSAID:
        said.append(_("Kind of attack: %(attack)s.") % {"attack": words.of(statements.attack)})
    if statements.route is not Route.UNSAID:
        said.append(_("Way in: %(route)s.") % {"route": words.of(statements.route)})
    return said


def _who(statements: Statements) -> str:
    if len(statements.kinds) == 1:
        return words.of(next(iter(statements.kinds)))
    return _("a medical institution")


def _area(statements: Statements) -> str:
    if statements.prefecture:
        names = PREFECTURES[statements.prefecture]
        return names.name_ja if words.is_japanese() else names.name_en
    if statements.region:
        return words.of(statements.region)
    return _("area not said")


def where_words(statements: Statements) -> str:
    """Kind, area and size in one line, as a choice to say less is offered."""
    return _("%(who)s; %(area)s; licensed beds: %(beds)s") % {
        "who": _who(statements),
        "area": _area(statements),
        "beds": bed_words(statements.beds_from, statements.beds_through),
    }


def bed_words(lowest: int | None, highest: int | None) -> str:
    """A range of licensed beds as people say it."""
    if lowest is None and highest is None:
        return _("not said")
    if highest is None:
        return _("%(from)s or more") % {"from": words.number(lowest or 0)}
    if lowest is None:
        return _("%(to)s or fewer") % {"to": words.number(highest)}
    return _("%(from)s to %(to)s") % {"from": words.number(lowest), "to": words.number(highest)}


def month_words(month: str) -> str:
    """A month as people say it: 2026年11月."""
    if not month:
        return ""
    year, _dash, number = month.partition("-")
    return _("%(year)s-%(month)s") % {"year": year, "month": str(int(number)) if words.is_japanese() else number}
