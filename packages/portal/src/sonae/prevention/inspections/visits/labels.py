from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.inspections.visits.vocabulary import (
    CorrectionState,
    CorrectionTurnKind,
    EntryOutcome,
    Observation,
    OnPlan,
    PlanReason,
    Settlement,
    Side,
    Take,
    TurnKind,
    VisitPurpose,
    VisitRefusal,
    VisitState,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    VisitState: {
        VisitState.PLANNED: pgettext_lazy("visit", "On the plan"),
        VisitState.ANNOUNCED: pgettext_lazy("visit", "Announced"),
        VisitState.UNDER_WAY: pgettext_lazy("visit", "Under way"),
        VisitState.CLOSED: pgettext_lazy("visit", "Closed"),
        VisitState.CANCELLED: pgettext_lazy("visit", "Cancelled"),
    },
    TurnKind: {
        TurnKind.PLANNED: _("Put on the plan"),
        TurnKind.ARRANGED: _("Day and team set"),
        TurnKind.ANNOUNCED: _("Announced to the institution"),
        TurnKind.MOVED: _("Moved to another day"),
        TurnKind.STARTED: _("Visit begun"),
        TurnKind.CLOSED: _("Visit closed"),
        TurnKind.CANCELLED: _("Taken off the plan"),
    },
    Observation: {
        Observation.IN_PLACE: _("Seen to be in place"),
        Observation.PARTLY: _("Seen to be in place in part"),
        Observation.ABSENT: _("Not in place yet"),
        Observation.NOT_APPLICABLE: _("Does not apply here"),
        Observation.NOT_SEEN: _("Not looked at on this visit"),
    },
    EntryOutcome: {
        EntryOutcome.KEPT: _("Written down"),
        EntryOutcome.SAME: _("Said the same"),
        EntryOutcome.CONFLICT: _("Somebody else had written meanwhile"),
    },
    Take: {
        Take.MINE: _("What came later counts"),
        Take.THEIRS: _("What stands there counts"),
    },
    Settlement: {
        Settlement.MINE: _("What came later counts"),
        Settlement.THEIRS: _("What stands there counts"),
        Settlement.REPLACED: _("Replaced by a newer entry of the same person"),
    },
    Side: {
        Side.INSPECTOR: _("The inspectors"),
        Side.INSTITUTION: _("The institution"),
    },
    CorrectionState: {
        CorrectionState.OPEN: _("With the institution"),
        CorrectionState.ANSWERED: _("Answered, to be looked at"),
        CorrectionState.SENT_BACK: _("Sent back to the institution"),
        CorrectionState.ACCEPTED: pgettext_lazy("correction", "Done"),
    },
    CorrectionTurnKind: {
        CorrectionTurnKind.ASKED: _("Asked for at the visit"),
        CorrectionTurnKind.ANSWERED: _("Answered by the institution"),
        CorrectionTurnKind.SENT_BACK: _("Sent back with a reason"),
        CorrectionTurnKind.ACCEPTED: pgettext_lazy("correction", "Accepted"),
    },
    PlanReason: {
        PlanReason.NEVER_VISITED: _("No visit is on record"),
        PlanReason.VISIT_IS_DUE: _("The next visit is due by its kind"),
        PlanReason.CORRECTIONS_OPEN: _("Corrections of an earlier visit are open"),
        PlanReason.NO_SELF_CHECK: _("No self-check was submitted"),
        PlanReason.DUTIES_OVERDUE: _("Duties are overdue"),
        PlanReason.EVIDENCE_EXPIRED: _("Evidence has expired"),
    },
    OnPlan: {
        OnPlan.NOT_YET: _("Not on the plan"),
        OnPlan.PLANNED: pgettext_lazy("visit", "On the plan"),
        OnPlan.VISITED: _("Visited"),
    },
    VisitPurpose: {
        VisitPurpose.PHOTO: _("Picture of an inspection"),
        VisitPurpose.CORRECTION: _("Answer to a finding"),
    },
    VisitRefusal: {
        VisitRefusal.ON_THE_PLAN_ALREADY: _("This institution is on the plan of that fiscal year already."),
        VisitRefusal.YEAR_OUTSIDE: _("Visits are planned for this fiscal year or the next (%(first)s or %(last)s)."),
        VisitRefusal.NO_FORM: _("No facility form has been published for that fiscal year or before it."),
        VisitRefusal.NOT_AHEAD: _("This is possible only while the visit is still ahead."),
        VisitRefusal.NOT_OPEN: _("This is possible only while the visit is under way."),
        VisitRefusal.IS_CLOSED: _("This visit is over. What is recorded of it does not change any more."),
        VisitRefusal.DATE_MISSING: _("Please set the day of the visit first."),
        VisitRefusal.DATE_OUTSIDE_YEAR: _("The day has to lie in the fiscal year, from %(first)s to %(last)s."),
        VisitRefusal.YEAR_NOT_BEGUN: _(
            "This visit is on the plan of the fiscal year from %(first)s to %(last)s and cannot begin before it. "
            "Please begin it from its first day on, or take it off the plan and put it on that of this year."
        ),
        VisitRefusal.YEAR_OVER: _(
            "This visit is on the plan of the fiscal year from %(first)s to %(last)s, which is over. "
            "Please take it off the plan and put the institution on that of this year."
        ),
        VisitRefusal.DATE_PAST: _("That day has passed. Please choose today or later."),
        VisitRefusal.SAME_DATE: _("The visit is on that day already."),
        VisitRefusal.TEAM_MISSING: _("Please say first who goes."),
        VisitRefusal.TEAM_UNKNOWN: _("Only inspectors of this jurisdiction can go along."),
        VisitRefusal.REASON_MISSING: _("Please write a reason of at least %(fewest)s characters."),
        VisitRefusal.NOBODY_TO_TELL: _(
            "Nobody at the institution would receive the notice: it has no manager with an account. "
            "Please announce the visit in another way, and begin it on the day."
        ),
        VisitRefusal.CHANGED_MEANWHILE: _("This row has changed meanwhile. Please look at both sides again."),
        VisitRefusal.DECIDED_OTHERWISE: _("Somebody else has decided this already, the other way."),
        VisitRefusal.BODY_UNREADABLE: _("What was sent cannot be read: %(place)s."),
        VisitRefusal.UNKNOWN_ITEM: _("The form of this visit has no such row."),
        VisitRefusal.UNKNOWN_VALUE: _("“%(value)s” is not among what can be observed."),
        VisitRefusal.TEXT_TOO_LONG: _("A note, finding or advice has at most %(most)s characters."),
        VisitRefusal.TEXT_UNSOUND: _("This entry holds characters that cannot be kept. Please write it again."),
        VisitRefusal.DUE_UNREADABLE: _("The due date has to be a day between 1970 and 2099."),
        VisitRefusal.REVISION_UNKNOWN: _(
            "This entry rests on a state of the row that is not known here (it stands at %(revision)s). "
            "Please load the visit again."
        ),
        VisitRefusal.ENTRY_ID_REUSED: _("Something else was recorded under this id before."),
        VisitRefusal.ROW_NOT_OBSERVED: _("Not looked at yet: %(row)s"),
        VisitRefusal.WHY_NOT_SEEN_MISSING: _("Please note why it was not looked at: %(row)s"),
        VisitRefusal.WHY_NOT_APPLICABLE_MISSING: _("Please note why it does not apply here: %(row)s"),
        VisitRefusal.FINDING_MISSING: _("A due date needs a finding: %(row)s"),
        VisitRefusal.UNMET_WITHOUT_FINDING: _(
            "This row is not met and has no finding. Please write a finding with advice, or in the note why there is "
            "none: %(row)s"
        ),
        VisitRefusal.UNMET_WITHOUT_ADVICE: _(
            "The finding of this row has no advice. Please write the advice, or in the note why there is none: %(row)s"
        ),
        VisitRefusal.DUE_NOT_AFTER_VISIT: _("The due date has to be after the visit (%(on)s): %(row)s"),
        VisitRefusal.DUE_PAST_AT_CLOSING: _(
            "The due date has to be after the day on which the visit is closed: %(row)s"
        ),
        VisitRefusal.FOUND_WHERE_NOT_ASKED: _(
            "This row is not asked, but has a finding or a due date. Please remove them, or look at the row on which "
            "it depends again: %(row)s"
        ),
        VisitRefusal.CONFLICT_OPEN: _("Entries that contradict each other and are not decided: %(count)s"),
        VisitRefusal.SIGNATURE_MISSING: _("Not signed yet: %(side)s"),
        VisitRefusal.OTHER_REVISION_SIGNED: _(
            "Something was recorded after what was signed. Please look at it and sign again."
        ),
        VisitRefusal.SIGNED_ALREADY: _(
            "The institution has signed this already. Its signature is replaced only after something else is recorded."
        ),
        VisitRefusal.NAME_MISSING: _("Please write the name of whoever signs."),
        VisitRefusal.NAME_UNSOUND: _(
            "The name holds characters that cannot be seen, such as line ends. Please write it again."
        ),
        VisitRefusal.STROKES_UNREADABLE: _("The drawing of the signature cannot be read."),
        VisitRefusal.TOO_MANY_PHOTOS: _("A visit has at most %(most)s pictures."),
        VisitRefusal.NOT_WITH_INSTITUTION: _("This correction is not with the institution at the moment."),
        VisitRefusal.NOT_WITH_INSPECTOR: _("The institution has not answered yet."),
        VisitRefusal.ANSWER_MISSING: _("Please write in at least %(fewest)s characters what was done."),
        VisitRefusal.DUE_PAST: _("The new last day has to be still to come."),
    },
}
