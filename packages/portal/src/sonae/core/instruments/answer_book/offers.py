"""What each question of a form offers to be chosen, in the language of its workbook: made once for each question."""

from django.utils.translation import gettext as _
from django.utils.translation import override

from sonae.core.instruments.answer_book import cells
from sonae.core.instruments.answer_book.cells import Offer
from sonae.core.instruments.definition import Instrument, Question
from sonae.core.instruments.vocabulary import OTHER, YesNo
from sonae.core.web import words


class Offers:
    """The offers of one form in one language; what reads a workbook understands what wrote it."""

    def __init__(self, instrument: Instrument, language: str) -> None:
        self._instrument, self._language = instrument, language
        self._common = common_words(language)
        self._made: dict[str, Offer] = {}

    def of(self, question: Question) -> Offer:
        if question.id not in self._made:
            choices = self._instrument.choices_of(question)
            offer = cells.offer_of(question, choices, common=self._common, language=self._language)
            self._made[question.id] = offer
        return self._made[question.id]


def common_words(language: str) -> dict[str, tuple[str, ...]]:
    """Yes, no, out of scope and other, in this language first, then in the other; a language that a workbook only
    claims is never spoken."""
    said: dict[str, list[str]] = {value: [] for value in (*YesNo, OTHER)}
    for spoken in ("ja", "en") if language == "ja" else ("en", "ja"):
        with override(spoken):
            for value in YesNo:
                said[value].append(words.of(value))
            said[OTHER].append(_("Other"))
    return {value: tuple(dict.fromkeys(texts)) for value, texts in said.items()}
