from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.prevention.exposure.vocabulary import (
    Automatable,
    Course,
    CourseRefusal,
    Exploitation,
    Ground,
    HumanImpact,
    Priority,
    Reach,
    SystemExposure,
)

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    Exploitation: {
        Exploitation.NONE: pgettext_lazy("exploitation", "No attack known"),
        Exploitation.PUBLIC_POC: pgettext_lazy("exploitation", "Method public"),
        Exploitation.ACTIVE: pgettext_lazy("exploitation", "Attacked"),
    },
    SystemExposure: {
        SystemExposure.SMALL: pgettext_lazy("system exposure", "From inside alone"),
        SystemExposure.CONTROLLED: pgettext_lazy("system exposure", "By a controlled way"),
        SystemExposure.OPEN: pgettext_lazy("system exposure", "From the internet"),
    },
    Automatable: {
        Automatable.NO: pgettext_lazy("automatable", "One by one"),
        Automatable.YES: pgettext_lazy("automatable", "All at once"),
    },
    HumanImpact: {
        HumanImpact.LOW: pgettext_lazy("human impact", "Low"),
        HumanImpact.MEDIUM: pgettext_lazy("human impact", "Medium"),
        HumanImpact.HIGH: pgettext_lazy("human impact", "High"),
        HumanImpact.VERY_HIGH: pgettext_lazy("human impact", "Very high"),
    },
    Priority: {
        Priority.DEFER: pgettext_lazy("priority", "Can wait"),
        Priority.SCHEDULED: pgettext_lazy("priority", "At the next maintenance"),
        Priority.OUT_OF_CYCLE: pgettext_lazy("priority", "Before the next maintenance"),
        Priority.IMMEDIATE: pgettext_lazy("priority", "At once"),
    },
    Reach: {
        Reach.INTERNET: pgettext_lazy("reach", "From the internet"),
        Reach.VENDOR_LINK: pgettext_lazy("reach", "By a vendor's link"),
        Reach.INSIDE: pgettext_lazy("reach", "From inside alone"),
        Reach.UNKNOWN: pgettext_lazy("reach", "Not known"),
    },
    Ground: {
        Ground.EXPLOITED: _("Attacks are known (CISA KEV, since %(since)s)."),
        Ground.LIKELY_EXPLOITED: _("Attacks within thirty days are likely (EPSS %(epss)s)."),
        Ground.NOT_KNOWN_EXPLOITED: _("No attack is known, and none is likely at the moment."),
        Ground.REACHED_FROM_INTERNET: _("The device can be reached from the internet."),
        Ground.REACHED_BY_VENDOR: _("The device can be reached by a vendor's link."),
        Ground.REACHED_FROM_INSIDE: _("The device can be reached from inside alone."),
        Ground.REACH_UNKNOWN: _("The ledger does not say from where the device can be reached."),
        Ground.AUTOMATABLE: _("Every such device can be attacked at once, without rights and without anybody's help."),
        Ground.NOT_AUTOMATABLE: _("An attack needs rights, luck or somebody's help."),
        Ground.AUTOMATABLE_UNKNOWN: _("The advisory does not say what an attack needs."),
        Ground.CLINIC_DEPENDS: _("Consequence for the clinic if the device fails: %(impact)s."),
        Ground.CLINIC_DEPENDENCE_UNKNOWN: _("The ledger does not say what the clinic needs the device for."),
        Ground.SEVERITY: _("Severity of the vulnerability: CVSS %(score)s."),
        Ground.SEVERITY_UNKNOWN: _("The advisory gives no CVSS score."),
    },
    Course: {
        Course.UNANSWERED: pgettext_lazy("course", "Not answered"),
        Course.OURS: pgettext_lazy("course", "Concerns us"),
        Course.NOT_OURS: pgettext_lazy("course", "Does not concern us"),
        Course.FIXED: pgettext_lazy("course", "Fixed"),
        Course.MITIGATED: pgettext_lazy("course", "Mitigated"),
        Course.ACCEPTED: pgettext_lazy("course", "Risk accepted"),
        Course.WAITING: pgettext_lazy("course", "Waiting for the vendor"),
        Course.LIFTED: pgettext_lazy("course", "No longer concerned"),
    },
    CourseRefusal: {
        CourseRefusal.LIFTED_ALREADY: _("The advisory no longer names a device of this ledger; nothing is left to do."),
        CourseRefusal.STANDS_SO_ALREADY: _("This is what stands there already."),
        CourseRefusal.NOT_SAID_WHOSE: _("Please say first whether it concerns your institution."),
        CourseRefusal.WHY_MISSING: _("Please say why."),
        CourseRefusal.WHY_TOO_LONG: _("Please shorten the reason to %(most)s characters."),
        CourseRefusal.DONE_ON_MISSING: _("Please give the day on which it was fixed."),
        CourseRefusal.DONE_IN_FUTURE: _(
            "The day on which it was fixed lies ahead. Please give today or an earlier day."
        ),
        CourseRefusal.UNTIL_MISSING: _("Please give the day until which this holds."),
        CourseRefusal.UNTIL_PASSED: _("The day until which this holds has passed. Please give today or a later day."),
        CourseRefusal.UNTIL_TOO_FAR: _(
            "This has to be looked at again by %(last)s at the latest. Please give an earlier day."
        ),
        CourseRefusal.VERSION_STILL_HIT: _(
            "The advisory names version %(version)s too. Please check the version, or choose another answer."
        ),
        CourseRefusal.VENDOR_MISSING: _("Please choose the vendor whom you are waiting for."),
        CourseRefusal.NEEDS_AN_EXECUTIVE: _(
            "A risk of this urgency is accepted by an executive of the institution. Please ask one to do so here."
        ),
    },
}
