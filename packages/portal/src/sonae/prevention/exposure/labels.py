from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from sonae.prevention.exposure.vocabulary import (
    Asking,
    Automatable,
    Band,
    Certainty,
    Course,
    CourseRefusal,
    Exploitation,
    ExposureSource,
    Ground,
    HumanImpact,
    MatchReason,
    NameRefusal,
    PairState,
    Priority,
    Reach,
    Saying,
    Standing,
    SystemExposure,
    WouldChange,
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
    ExposureSource: {ExposureSource.COURSE: _("Vulnerabilities of the ledger")},
    Certainty: {
        Certainty.CERTAIN: pgettext_lazy("certainty", "Hit"),
        Certainty.VERSION_UNKNOWN: pgettext_lazy("certainty", "Version not known"),
        Certainty.PRODUCT_UNCLEAR: pgettext_lazy("certainty", "Product to be confirmed"),
    },
    Saying: {
        Saying.YES: pgettext_lazy("saying", "Yes, it is"),
        Saying.NO: pgettext_lazy("saying", "No, it is another product"),
        Saying.UNKNOWN: pgettext_lazy("saying", "I do not know"),
    },
    Standing: {
        Standing.SAME: pgettext_lazy("names", "One product"),
        Standing.DIFFERENT: pgettext_lazy("names", "Two products"),
        Standing.OPEN: pgettext_lazy("names", "Not known"),
    },
    PairState: {
        PairState.OPEN: pgettext_lazy("name pair", "Open"),
        PairState.AGREED: pgettext_lazy("name pair", "One product, as institutions agree"),
        PairState.DISPUTED: pgettext_lazy("name pair", "Institutions contradict each other"),
        PairState.CONFIRMED: pgettext_lazy("name pair", "One product, as an analyst decided"),
        PairState.REJECTED: pgettext_lazy("name pair", "Two products, as an analyst decided"),
    },
    NameRefusal: {
        NameRefusal.REASON_TOO_SHORT: _("Please say in at least %(characters)s characters how this is known."),
        NameRefusal.DECIDED_SO_ALREADY: _("This is what was decided already."),
        NameRefusal.NOT_DECIDED: _("Nobody has decided this; there is nothing to take back."),
    },
    MatchReason: {
        MatchReason.CPE: _("The product's CPE is the same."),
        MatchReason.PURL: _("The package's purl is the same."),
        MatchReason.MODEL_NUMBER: _("The model number is the same."),
        MatchReason.HASH: _("The checksum is the same."),
        MatchReason.SAME_NAME: _("Maker and product have the same name."),
        MatchReason.SAME_FAMILY: _("The advisory names the product family to which it belongs."),
        MatchReason.SAME_MODEL: _("The model has the same name."),
        MatchReason.NEARLY_SPELT: _("The names differ in their spelling alone."),
        MatchReason.RUNS_SYSTEM: _("The device runs the system that the advisory names."),
        MatchReason.MODEL_NOT_WRITTEN: _("The ledger does not say which model it is."),
        MatchReason.NAME_TOO_SHORT: _("The name in the ledger is shorter than the advisory's."),
        MatchReason.MORE_WORDS: _("The name in the ledger has more words than the advisory's."),
        MatchReason.ONLY_THE_MAKER: _("The ledger names the maker alone."),
        MatchReason.SEVERAL_BEAR_THE_NAME: _("Several products bear this name."),
        MatchReason.PRODUCT_NOT_NAMED: _("The advisory names no product."),
        MatchReason.MAKER_NOT_KNOWN: _("The ledger does not say who made it."),
    },
    WouldChange: {
        WouldChange.IDENTIFIER: pgettext_lazy("would change", "an identifier (CPE, purl, model number)"),
        WouldChange.MAKER: pgettext_lazy("would change", "the maker"),
        WouldChange.MODEL: pgettext_lazy("would change", "the model"),
        WouldChange.PRODUCT: pgettext_lazy("would change", "the full name of the product"),
        WouldChange.PUBLISHER_NAMES_PRODUCTS: pgettext_lazy("would change", "a list of products by the publisher"),
        WouldChange.VERSION: pgettext_lazy("would change", "the version"),
    },
    Asking: {
        Asking.IS_IT_THIS_PRODUCT: _("Is it this product?"),
        Asking.IS_IT_THIS_MODEL: _("Is it this model?"),
        Asking.IS_IT_BY_THIS_MAKER: _("Was it made by this maker?"),
        Asking.HAS_THE_PUBLISHER_NAMED_IT: _("Does the maker say that this product is affected?"),
    },
}


def band_in_words(band: Band) -> str:
    """A coarse number of institutions as a person reads it."""
    if not band.fewest:
        return gettext("Fewer than %(number)s") % {"number": band.most + 1}
    return gettext("%(fewest)s to %(most)s") % {"fewest": band.fewest, "most": band.most}


def in_all_in_words(fewest: int, *, k: int) -> str:
    """The same of what is told of all prefectures together."""
    if not fewest:
        return gettext("Fewer than %(number)s in each prefecture") % {"number": k}
    return gettext("At least %(number)s") % {"number": fewest}
