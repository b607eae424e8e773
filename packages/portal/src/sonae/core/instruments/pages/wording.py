"""What the pages of responses say of questions, answers and findings, in the language of the page."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from sonae.core.instruments.answers import document_in, is_blank, unknown_as_of
from sonae.core.instruments.checks import Finding
from sonae.core.instruments.definition import Instrument, Item, Question, Words
from sonae.core.instruments.expressions.values import date_in
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import OTHER, AnswerKind, FindingReason, YesNo
from sonae.core.web import words
from sonae.kernel.decision import Refused

_LONGEST_SHOWN = 300


def say(text: Words) -> str:
    """The text in the language of the page."""
    return text.text((get_language() or "ja")[:2])


def title_of(edition: Edition) -> str:
    return edition.title_ja if words.is_japanese() else edition.title_en or edition.title_ja


def label_of(item: Item) -> str:
    """What a question or section is called, with the number that the form prints; its id where it has no words."""
    text = say(item.words) or _other_words(item)
    return f"{item.number} {text}" if item.number else text


def _other_words(item: Item) -> str:
    is_other = item.id.endswith("_other") and isinstance(item, Question) and item.kind is AnswerKind.TEXT
    return _("Other, in your own words") if is_other else item.id


def choices_of(question: Question, instrument: Instrument) -> list[tuple[str, str]]:
    """What may be chosen: value and words."""
    found = [(choice.value, say(choice.words) or choice.value) for choice in instrument.choices_of(question)]
    if question.kind is AnswerKind.YES_NO and not found:
        offered = YesNo if question.may_be_out_of_scope else (YesNo.YES, YesNo.NO)
        return [(member.value, words.of(member)) for member in offered]
    return [*found, (OTHER, _("Other"))] if question.has_other else found


def finding_words(finding: Finding, question: Question | None) -> str:
    """What is wrong with an answer; the form's own words where it has some."""
    own = {
        FindingReason.MISSING: question.required_words if question else None,
        FindingReason.CONSTRAINT_BROKEN: question.constraint_words if question else None,
    }.get(finding.reason)
    return (say(own) if own else "") or words.of(Refused(finding.reason, finding.facts))


def answer_words(question: Question, value: object, instrument: Instrument) -> str:
    """An answer as a person reads it, the beginning of a long one; of rows, how many there are."""
    return answer_in_full(question, value, instrument)[:_LONGEST_SHOWN]


def answer_in_full(question: Question, value: object, instrument: Instrument) -> str:
    """The same to the last word, for what is read or printed as a whole."""
    if is_blank(value):
        return _("No answer")
    unknown = unknown_as_of(value)
    if unknown is not None:
        return unknown_words(unknown)
    if question.kind is AnswerKind.YES_NO:
        return _yes_no(question, value, instrument)
    if isinstance(value, list | tuple) and any(isinstance(one, Mapping) for one in value):
        return _("%(count)s rows") % {"count": words.number(len(value))}
    return _plain(question, value, instrument)


def unknown_words(moment: datetime) -> str:
    return _("Not known as of %(moment)s") % {"moment": words.jst(moment)}


def _plain(question: Question, value: object, instrument: Instrument) -> str:
    if question.kind is AnswerKind.FILE:
        attached = document_in(value)
        return attached[1] if attached else str(value)
    known = dict(choices_of(question, instrument))
    if question.kind in (AnswerKind.MULTIPLE, AnswerKind.RANKING):
        chosen = value.split() if isinstance(value, str) else value
        return "、".join(known.get(str(one), str(one)) for one in chosen) if isinstance(chosen, list) else str(chosen)
    if question.kind is AnswerKind.NUMBER:
        return _number(question, value)
    if question.kind is AnswerKind.TICK:
        return _("Acknowledged")
    if question.kind in (AnswerKind.DATE, AnswerKind.MOMENT) and isinstance(value, str):
        found = date_in(value)
        return words.readable(found) if found is not None else value
    return known.get(str(value), str(value))


def _number(question: Question, value: object) -> str:
    number = value.get("number") if isinstance(value, Mapping) else value
    shown = words.number(number) if isinstance(number, int | float) and not isinstance(number, bool) else str(number)
    unit = say(question.bounds.unit) if question.bounds else ""
    return f"{shown} {unit}".strip()


def _yes_no(question: Question, value: object, instrument: Instrument) -> str:
    fields: Mapping[object, object] = value if isinstance(value, Mapping) else {"answer": value}
    said = str(fields.get("answer") or "")
    parts = [dict(choices_of(question, instrument)).get(said, said) or _("No answer")]
    checks = fields.get("checked_on")
    days = "、".join(_day(day) for day in (checks if isinstance(checks, list | tuple) else [checks]) if day)
    if days:
        parts.append(_("Checked on: %(days)s") % {"days": days})
    if fields.get("target_on") and said == YesNo.NO:
        parts.append(_("To be done by: %(day)s") % {"day": _day(fields["target_on"])})
    return " / ".join(parts)


def _day(day: object) -> str:
    found = date_in(day) if isinstance(day, str) else None
    return words.jdate(found) if found is not None else str(day)
