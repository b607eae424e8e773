from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.surveys.results.vocabulary import ResultRefusal, ResultStage, ResultState, Shape, Standing

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    ResultStage: {
        ResultStage.PRELIMINARY: _("Preliminary figures"),
        ResultStage.FINAL: _("Final figures"),
    },
    ResultState: {
        ResultState.COUNTING: _("Being counted"),
        ResultState.CANCELLED: pgettext_lazy("survey result", "Cancelled"),
        ResultState.COUNTED: _("Counted, not published"),
        ResultState.PUBLISHED: pgettext_lazy("survey result", "Published"),
    },
    Standing: {
        Standing.NOT_ASKED: _("Not asked"),
        Standing.NOT_ANSWERED: _("Not answered"),
        Standing.UNKNOWN: _("Not known yet"),
        Standing.OUT_OF_SCOPE: _("Out of scope"),
        Standing.ANSWERED: _("Answered"),
    },
    Shape: {
        Shape.ONE: _("One of the options"),
        Shape.MANY: _("Any number of the options"),
        Shape.NONE: _("Counted as answered or not"),
    },
    ResultRefusal: {
        ResultRefusal.NOTHING_TO_COUNT: _("Nobody has handed in an answer yet, so there is nothing to count."),
        ResultRefusal.AS_OF_TOO_NEW: _(
            "Choose a moment that is at least a minute ago: what is being handed in right now cannot be "
            "counted reliably."
        ),
        ResultRefusal.COUNTING_ALREADY: _(
            "Figures of this survey are being counted already. Wait until that is done, or cancel it."
        ),
        ResultRefusal.NOT_COUNTING: _("This edition is not being counted."),
        ResultRefusal.NOT_COUNTED: _("Only an edition that is counted and not yet published can be published."),
        ResultRefusal.FINAL_BEFORE_CLOSE: _(
            "Final figures are counted once the survey has closed. Count preliminary figures until then."
        ),
        ResultRefusal.NEWER_IS_PUBLISHED: _(
            "Another edition was published since this one was counted, so subtracting one from the other "
            "could tell what single institutions answered. Count a new edition and publish that."
        ),
    },
}
