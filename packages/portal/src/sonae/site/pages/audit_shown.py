"""What the audit log shows to whom: whose attack it was is not learnt from it by who may not read incidents.

The entries and their chain stay as they are. Withheld is where an incident was: the institution, and the person where
that is one of an institution. What an entry says besides stays readable, so that it can still be asked about.
"""

from django.db.models import BooleanField, Case, F, Q, QuerySet, Value, When

from sonae.core.access import rules as access
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import Permission, PlaceKind
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit.models import Entry

# The room of incidents, the duties and papers of an incident, and what an institution saw of another one's attack.
_RULES = ("incident.", "sighting.")
ABOUT_INCIDENTS = (
    Q(subject__in=["incident", "sighting"])
    | Q(verb__startswith="incident.")
    | Q(facts__about__in=["incident", "sighting"])
    | Q(facts__purpose="incident")
    # A paper that was looked at: for what it is kept stands with its keeping alone.
    | Q(subject="document", facts__purpose__isnull=True)
    | Q(facts__rule__startswith=_RULES[0])
    | Q(facts__rule__startswith=_RULES[1])
)


def entries(viewer: Viewer) -> QuerySet[Entry]:
    """The whole log; each row says whether its place is withheld from this viewer (`is_withheld`), and has under
    `shown_institution` and `shown_by` what it may be sorted by without telling more."""
    may = access.may(viewer, Permission.INCIDENT_READ).ok
    held: Value | Case = Value(False, BooleanField())
    if not may:
        held = Case(When(ABOUT_INCIDENTS, then=Value(True)), default=Value(False), output_field=BooleanField())
    rows = Entry.objects.annotate(is_withheld=held)
    if may:
        return rows.annotate(shown_institution=F("institution_id"), shown_by=F("by"))
    return rows.annotate(
        shown_institution=Case(When(is_withheld=True, then=None), default=F("institution_id")),
        shown_by=Case(When(is_withheld=True, then=Value("")), default=F("by")),
    )


def insiders() -> frozenset[str]:
    """The accounts that belong or belonged to an institution: who they are tells which one."""
    held = Grant.objects.filter(kind=PlaceKind.INSTITUTION).order_by().values_list("account_id", flat=True)
    return frozenset(map(str, held.distinct()))
