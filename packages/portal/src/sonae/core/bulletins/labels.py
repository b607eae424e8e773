from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sonae.core.bulletins.vocabulary import BulletinRefusal, BulletinState, Relation, Stage

LABELS: dict[type[StrEnum], dict[StrEnum, str | Promise]] = {
    BulletinState: {
        BulletinState.DRAFT: pgettext_lazy("bulletin", "Draft"),
        BulletinState.ISSUED: pgettext_lazy("bulletin", "Issued"),
        BulletinState.WITHDRAWN: pgettext_lazy("bulletin", "Withdrawn"),
    },
    Stage: {
        Stage.UNOPENED: pgettext_lazy("stage", "Not opened yet"),
        Stage.OPENED: pgettext_lazy("stage", "Opened"),
        Stage.ACKNOWLEDGED: pgettext_lazy("stage", "Acknowledged"),
        Stage.DONE: pgettext_lazy("stage", "Done"),
    },
    Relation: {
        Relation.ISSUER: _("Body that writes bulletins"),
        Relation.SECTOR_BODY: _("Body of the sector"),
        Relation.DECIDER: _("Decides at a receiving institution"),
        Relation.MEMBER: _("Works at a receiving institution"),
        Relation.INSPECTING_BODY: _("Inspects a receiving institution"),
        Relation.VENDOR: _("Works for a receiving institution as a vendor"),
        Relation.COMMUNITY: _("Belongs to the sector"),
    },
    BulletinRefusal: {
        BulletinRefusal.NOT_A_DRAFT: _(
            "This bulletin has been issued. Its words stand; please withdraw it and issue a new one."
        ),
        BulletinRefusal.NOT_ISSUED: _("This bulletin is not in force."),
        BulletinRefusal.TITLE_MISSING: _("A bulletin needs a title in Japanese and in English."),
        BulletinRefusal.BODY_MISSING: _("A bulletin needs a text in Japanese and in English."),
        BulletinRefusal.NOBODY_REACHED: _("No institution fits this audience. Please widen it."),
        BulletinRefusal.RED_NEEDS_NAMES: _(
            "TLP:RED is for named recipients only. Please name the institutions and remove the other conditions."
        ),
        BulletinRefusal.DUE_MOMENT_PAST: _(
            "The moment by which it must be acknowledged has passed: %(acknowledge_by)s. Please choose a later one."
        ),
        BulletinRefusal.NOT_A_RECIPIENT: _("This bulletin was not sent to this institution."),
        BulletinRefusal.REASON_MISSING: _("Please say why."),
        BulletinRefusal.NOT_FOR_YOU: _("This bulletin is not meant for you."),
        BulletinRefusal.KEY_REUSED: _("This key was already used for another bulletin. Please use a new one."),
        BulletinRefusal.BEDS_REVERSED: _(
            "The bed range begins above its end: %(beds_from)s to %(beds_to)s. Please exchange the two."
        ),
        BulletinRefusal.CODE_UNKNOWN: _("The register has no institution with the code “%(value)s”."),
        BulletinRefusal.INSTITUTION_AMBIGUOUS: _(
            "You may act for several institutions that received this. Please say for which."
        ),
        BulletinRefusal.SECOND_PERSON_NEEDED: _(
            "The text names %(names)s. So that nobody alone can tell whose attack it was, another person than its "
            "authors has to issue it. Please ask a colleague, or take the names out."
        ),
        BulletinRefusal.ANOTHER_PERSON_ISSUES: _(
            "A bulletin is issued by another person than its authors, so that nobody tells the sector something alone. "
            "Please ask a colleague to read it and issue it."
        ),
        BulletinRefusal.TOO_FEW_OWNERS: _(
            "Fewer than %(needed)s institutions own this product under these conditions, and whoever issues the "
            "bulletin would learn which. Please take out the other conditions, or address everyone and name the "
            "product in the text."
        ),
        BulletinRefusal.REASON_NAMES: _("The reason names %(names)s. Please write it without the name."),
        BulletinRefusal.WRITTEN_ELSEWHERE: _(
            "This bulletin comes from a disclosure. Please withdraw the disclosure; the bulletin goes with it."
        ),
    },
}
