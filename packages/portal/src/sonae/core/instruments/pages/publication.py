"""What is said before a form is published: what comes of it, who fills it in, and what it lacks."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sonae.core.instruments.definition import Instrument, Question, questions
from sonae.core.instruments.drafts import Looked
from sonae.core.instruments.plan import Plan
from sonae.core.web import words


def page_of(looked: Looked, plan: Plan) -> dict[str, Any]:
    """What somebody reads before a form is published: what comes of it, who fills it in, and what it lacks."""
    made = plan.instrument
    asked = list(questions(made.items))
    return {
        "seen": looked.seen,
        "consequence": words.of(looked.consequence),
        "edition": made.edition,
        "respondent": words.of(made.respondent),
        "questions": len(asked),
        "warnings": _lacks(made, [one for one in asked if one.words]),
    }


def _lacks(made: Instrument, labelled: Sequence[Question]) -> list[str]:
    foreign = sum(not _is_japanese(one.words.text("ja")) for one in labelled)
    found = []
    if labelled and foreign == len(labelled):
        found.append(_("No question has a Japanese text."))
    elif foreign:
        told = ngettext(
            "%(count)s question has no Japanese text.", "%(count)s questions have no Japanese text.", foreign
        )
        found.append(told % {"count": words.number(foreign)})
    if not _is_japanese(made.title.text("ja")):
        found.append(_("The title is not written in Japanese."))
    if made.fiscal_year is None:
        found.append(_("The form names no fiscal year: it stands in no comparison of years."))
    if made.source is None:
        found.append(_("The form names no source, and no day as of which it holds."))
    return found


def _is_japanese(text: str) -> bool:
    """Whether any letter of a text is kana or kanji."""
    return any(unicodedata.name(letter, "").startswith(("HIRAGANA", "KATAKANA", "CJK")) for letter in text)
