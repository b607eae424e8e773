from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.surveys.results.vocabulary import (
    FileForm,
    KeptBack,
    Layer,
    Leak,
    PublishDoubt,
    RecountState,
    ResultRefusal,
    ResultStage,
    ResultState,
    Shape,
    Standing,
    WhyOtherwise,
)

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
    KeptBack: {
        KeptBack.SMALL_NUMBER: _("Kept back: a small number"),
    },
    FileForm: {
        FileForm.CSV: _("CSV (UTF-8)"),
        FileForm.CSV_CP932: _("CSV (Shift_JIS)"),
        FileForm.XLSX: _("Excel"),
        FileForm.PDF: _("PDF"),
        FileForm.PARQUET: _("Parquet"),
    },
    RecountState: {
        RecountState.COUNTING: _("Being counted"),
        RecountState.CANCELLED: pgettext_lazy("survey result", "Cancelled"),
        RecountState.COUNTED: _("Counted and compared"),
    },
    Layer: {
        Layer.STRATA: _("Beds × prefecture × kind"),
        Layer.BREAKDOWN: _("By one breakdown"),
        Layer.SHOWN: _("As everybody sees it"),
    },
    WhyOtherwise: {
        WhyOtherwise.OTHERS_READ: _("Another number of institutions was asked, or handed in, than was counted then."),
        WhyOtherwise.OTHER_ANSWERS: _("Answers were changed in the database after they were counted."),
        WhyOtherwise.KEPT_WAS_ALTERED: _("The kept figure was altered after it was counted."),
        WhyOtherwise.COUNTED_OTHERWISE: _("The same answers are counted differently by this version of the program."),
        WhyOtherwise.KEPT_BACK_OTHERWISE: _(
            "What is kept back was decided differently, or the kept figure was altered."
        ),
    },
    Leak: {
        Leak.SMALL_SHOWN: _("it is shown although it is below the threshold"),
        Leak.WORKED_OUT: _("it could be worked out from the figures that are shown"),
        Leak.FEW_MOVED: _("compared with a published edition, it tells what a few institutions answered"),
        Leak.CONTRADICTORY: _("the figures that are shown contradict each other"),
    },
    PublishDoubt: {
        PublishDoubt.FEW_ANSWERED: _("Less than half of the institutions asked had handed in."),
        PublishDoubt.NEWER_IS_COUNTED: _("This is not the newest edition: a later one is counted already."),
        PublishDoubt.NEWER_IS_BEING_COUNTED: _("A later edition is being counted at this moment."),
        PublishDoubt.SURVEY_IS_OPEN: _("The survey is still open: more answers may come."),
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
        ResultRefusal.NOBODY_HANDED_IN: _(
            "Nobody had handed in by the moment of this edition, so it has nothing to publish. Count a new edition as "
            "of a later moment."
        ),
        ResultRefusal.FINAL_BEFORE_CLOSE: _(
            "Final figures are counted once the survey has closed. Count preliminary figures until then."
        ),
        ResultRefusal.TELLS_OF_A_FEW: _(
            "These figures cannot leave the ministry: question “%(question_name)s”, “%(class_name)s”, figure "
            "“%(figure_name)s”: %(leak)s. Who could learn of it: %(reader_name)s. Count the edition again and count a "
            "new one."
        ),
        ResultRefusal.HELD_BACK: _(
            "These figures are not handed out at the moment, because they have to be checked once more. Ask the "
            "ministry that conducts the survey."
        ),
        ResultRefusal.RECOUNTING_ALREADY: _(
            "This edition is being counted again already. Wait until that is done, or cancel it."
        ),
        ResultRefusal.INSIDE_NOT_CLEARED: _(
            "Tables inside a class are shown to the ministry alone: what would have to be kept back in them from "
            "others has not been proved yet."
        ),
        ResultRefusal.NOTHING_TO_RECOUNT: _("This edition has no figures, so there is nothing to compare."),
        ResultRefusal.NOT_RECOUNTING: _("This edition is not being counted again any more."),
        ResultRefusal.NEWER_IS_PUBLISHED: _(
            "Another edition was published since this one was counted, so subtracting one from the other "
            "could tell what single institutions answered. Count a new edition and publish that."
        ),
    },
}
