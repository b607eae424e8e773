from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.duties.vocabulary import (
    ChangeKind,
    Circle,
    DuePeriod,
    DutyRefusal,
    DutyState,
    Ending,
    Freshness,
    Openness,
    RecipientKind,
    ReminderKind,
    Timing,
    Waiving,
    When,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    DutyState: {
        DutyState.OPEN: _("Still open"),
        DutyState.FULFILLED: _("Fulfilled"),
        DutyState.WAIVED: _("Waived"),
        DutyState.SUPERSEDED: _("No longer needed"),
    },
    RecipientKind: {
        RecipientKind.ACCOUNT: _("A person"),
        RecipientKind.INSTITUTION: _("An institution"),
        RecipientKind.JURISDICTION: _("A jurisdiction"),
        RecipientKind.NATION: _("A nationwide role"),
        RecipientKind.VENDOR: _("A vendor"),
    },
    DuePeriod: {
        DuePeriod.BY_RULE: _("Counted from the moment of knowledge"),
        DuePeriod.GIVEN: _("Named with the duty"),
    },
    Openness: {
        Openness.OWN: _("Only whoever owes it sees it"),
        Openness.SUPERVISED: _("The inspecting body and the ministry see it too"),
    },
    Ending: {
        Ending.BY_HAND: _("Declared fulfilled by a person"),
        Ending.BY_ITSELF: _("Ends when the work itself is done"),
    },
    Waiving: {
        Waiving.POSSIBLE: _("An officer can waive it"),
        Waiving.STATUTORY: _("Laid down by law; it cannot be waived"),
    },
    Freshness: {
        Freshness.STANDING: _("Any evidence that stands"),
        Freshness.SINCE_KNOWN: _("Evidence from after the duty became known"),
        Freshness.SAME_SUBJECT: _("Evidence about the same matter"),
    },
    When: {
        When.AT_ONCE: _("At once"),
        When.DAYS_BEFORE_DUE: _("Days before it is due"),
        When.HOURS_BEFORE_DUE: _("Hours before it is due"),
        When.DAYS_AFTER_DUE: _("Days after it was due"),
        When.HOURS_AFTER_DUE: _("Hours after it was due"),
    },
    ReminderKind: {
        ReminderKind.REMINDER: _("Reminder"),
        ReminderKind.ESCALATION: _("Escalation"),
    },
    ChangeKind: {
        ChangeKind.REDATED: _("The due moment was moved."),
        ChangeKind.REOPENED: _("The duty opened again: the evidence that had ended it was withdrawn."),
    },
    Timing: {
        Timing.OVERDUE: _("Overdue"),
        Timing.THIS_WEEK: _("Due within seven days"),
        Timing.LATER: _("Due later"),
    },
    Circle: {
        Circle.MINE: _("My own duties"),
        Circle.ALL: _("All duties I may see"),
    },
    DutyRefusal: {
        DutyRefusal.ALREADY_ENDED: _("This duty has already ended: %(state)s."),
        DutyRefusal.ENDS_BY_ITSELF: _(
            "This duty ends by itself when the work is done. Please open the page where it is done."
        ),
        DutyRefusal.NOT_YOURS: _("Only whoever owes this duty can fulfil it."),
        DutyRefusal.NOTE_MISSING: _("Please write what was done, in at least %(characters)s characters."),
        DutyRefusal.WHY_MISSING: _("Please write the reason in at least %(characters)s characters."),
        DutyRefusal.STATUTORY_CANNOT_BE_WAIVED: _("This duty is laid down by law. Nobody can waive it here."),
        DutyRefusal.STATUTORY_CANNOT_BE_REDATED: _(
            "The due moment of this duty is laid down by law. Nobody can move it here."
        ),
        DutyRefusal.NOT_SUPERVISED: _("Only a body that supervises whoever owes this duty can move its due moment."),
        DutyRefusal.DUE_IN_PAST: _("The new due moment has already passed. Please choose a later day."),
        DutyRefusal.DUE_UNCHANGED: _("The duty is already due at that moment. Please choose another day."),
        DutyRefusal.IMPOSED_TOO_OFTEN_AT_ONCE: _(
            "Several people imposed this duty at the same moment. Please try again."
        ),
        DutyRefusal.UNKNOWN_RULE: _("The catalogue has no duty “%(rule)s”."),
        DutyRefusal.HOLE_MISSING: _("The title of the duty “%(rule)s” needs: %(holes)s."),
    },
}
