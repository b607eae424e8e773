from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.surveys.vocabulary import (
    Band,
    CallOutcome,
    CampaignState,
    Channel,
    Dimension,
    Drift,
    Excuse,
    Stage,
    SurveyRefusal,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    CampaignState: {
        CampaignState.DRAFT: pgettext_lazy("survey", "Draft"),
        CampaignState.OPENING: pgettext_lazy("survey", "Being opened"),
        CampaignState.OPEN: pgettext_lazy("survey", "Open"),
        CampaignState.CLOSED: pgettext_lazy("survey", "Closed"),
        CampaignState.WITHDRAWN: pgettext_lazy("survey", "Withdrawn"),
    },
    Band: {
        Band.BEDS_0_19: _("0 to 19 beds"),
        Band.BEDS_20_99: _("20 to 99 beds"),
        Band.BEDS_100_199: _("100 to 199 beds"),
        Band.BEDS_200_299: _("200 to 299 beds"),
        Band.BEDS_300_399: _("300 to 399 beds"),
        Band.BEDS_400_499: _("400 to 499 beds"),
        Band.BEDS_500_UP: _("500 beds or more"),
        Band.UNKNOWN: _("Beds not known"),
    },
    Stage: {
        Stage.ASKED: _("Not opened yet"),
        Stage.OPENED: _("Opened, not begun"),
        Stage.DRAFT: _("Being answered"),
        Stage.RETURNED: _("Returned for correction"),
        Stage.SUBMITTED: _("Submitted"),
        Stage.ACCEPTED: _("Accepted"),
    },
    Dimension: {
        Dimension.BAND: _("Licensed beds"),
        Dimension.PREFECTURE: _("Prefecture"),
        Dimension.KIND: _("Kind of institution"),
    },
    Channel: {
        Channel.TELEPHONE: _("By telephone"),
        Channel.PAPER: _("On paper, by post or fax"),
        Channel.MAIL: _("By e-mail"),
        Channel.VISIT: _("In person"),
    },
    CallOutcome: {
        CallOutcome.WILL_ANSWER: _("Will answer"),
        CallOutcome.ANSWERED_BY_TELEPHONE: _("Gave the answers by telephone"),
        CallOutcome.NEEDS_HELP: _("Needs help"),
        CallOutcome.NEEDS_TIME: _("Needs more time"),
        CallOutcome.DECLINES: _("Does not want to answer"),
        CallOutcome.NOT_REACHED: _("Nobody was reached"),
        CallOutcome.WRONG_NUMBER: _("The number is wrong"),
        CallOutcome.HAS_CLOSED: _("The institution has closed"),
    },
    Excuse: {
        Excuse.HAS_CLOSED: _("It has closed"),
        Excuse.MERGED: _("It has merged with another institution"),
        Excuse.CANNOT: _("It cannot answer for another reason"),
    },
    Drift: {
        Drift.VANISHED: _("No longer in the register"),
        Drift.BEDS: _("Other number of licensed beds"),
        Drift.KIND: _("Other kind"),
        Drift.PREFECTURE: _("Other prefecture"),
    },
    SurveyRefusal: {
        SurveyRefusal.NOT_A_DRAFT: _(
            "This survey has been opened. Whom it asks stands; withdraw it if it was opened by mistake."
        ),
        SurveyRefusal.NOT_OPENING: _("This survey is not being opened just now, so there is nothing to cancel."),
        SurveyRefusal.NOT_OPEN: _("This survey is not open, so nothing of it can be changed."),
        SurveyRefusal.TITLE_MISSING: _("A survey needs a title in Japanese."),
        SurveyRefusal.BEDS_REVERSED: _(
            "No number of beds lies from %(least)s to %(most)s, both included. Please check both limits."
        ),
        SurveyRefusal.WINDOW_REVERSED: _("The survey would end before it begins. Please check both moments."),
        SurveyRefusal.CLOSES_IN_PAST: _(
            "The last day of the survey, %(last_day)s, is over. Please choose a later end before you open it."
        ),
        SurveyRefusal.REFERENCE_IN_FUTURE: _(
            "The register does not know yet what it will say on %(reference_on)s. "
            "Please open the survey on or after that day, or choose an earlier one."
        ),
        SurveyRefusal.NOBODY_ASKED: _(
            "By the register of the reference date these conditions ask nobody. Please check them and the date."
        ),
        SurveyRefusal.EDITION_IS_OTHERS: _(
            "This form is filled in by somebody else: %(respondent)s. Please choose a form for institutions."
        ),
        SurveyRefusal.EDITION_REPLACED: _(
            "A corrected version of this form has been published. Please choose that one."
        ),
        SurveyRefusal.CHANGED_MEANWHILE: _(
            "Somebody else changed this survey meanwhile. Please look at it again before you go on."
        ),
        SurveyRefusal.NOT_OPEN_YET: _("This survey can be answered from %(opens_at)s on."),
        SurveyRefusal.NOT_ASKED: _(
            "This survey does not ask this institution. Please ask the ministry if you think that it should."
        ),
        SurveyRefusal.IS_OVER: _(
            "This survey is closed and is being counted, so answers are not taken any more. "
            "Please ask the ministry if something has to be put right."
        ),
        SurveyRefusal.IS_EXCUSED: _("No answer is expected of this institution; that was noted earlier."),
        SurveyRefusal.NOT_EXCUSED: _("An answer of this institution is expected anyway."),
        SurveyRefusal.ANSWERED_ALREADY: _("This institution has answered. To change that, please return its response."),
        SurveyRefusal.REASON_MISSING: _("Please write a reason of at least five characters."),
        SurveyRefusal.NOT_LATER: _(
            "The new end has to be later than the present one (%(last_day)s) and still to come."
        ),
        SurveyRefusal.EXTENSIONS_RUN: _(
            "Some institutions have until the end of %(last_day)s. The survey can be closed after that."
        ),
        SurveyRefusal.INVITING: _(
            "%(count)s institutions have not been told of the survey yet. It can be closed once they were."
        ),
        SurveyRefusal.REMINDER_OUTSIDE: _("Reminders can be set from %(earliest)s on."),
        SurveyRefusal.REMINDER_TWICE: _("Reminders are set for %(day)s already."),
        SurveyRefusal.REMINDER_BEGUN: _("The reminders of this day are on their way. They cannot be taken back."),
        SurveyRefusal.INFORMANT_MISSING: _("Please say who at the institution gave the answers."),
        SurveyRefusal.INSTITUTION_ANSWERS: _(
            "The institution has begun to answer. Please let it finish, or ask it by telephone what it needs."
        ),
        SurveyRefusal.CALL_IN_FUTURE: _("A call is noted after it was made. Please check the moment."),
        SurveyRefusal.NEXT_CALL_PAST: _("The day of the next call has passed. Please choose today or later."),
        SurveyRefusal.NOBODY_TO_EXTEND: _(
            "Nobody there owes an answer and has less time than that. Please choose a later day, or others."
        ),
        SurveyRefusal.NOT_EXTENDING: _("No more time is being given here."),
        SurveyRefusal.EXTENDING_ALREADY: _("More time is being given just now. Please wait until that is done."),
    },
}
