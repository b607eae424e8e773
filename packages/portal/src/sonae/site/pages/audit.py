"""The audit log, for auditors: who did what to which thing, when; and whether the chain holds."""

from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.models import Account
from sonae.core.audit import queries, rules
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.core.audit.vocabulary import EntryKind
from sonae.core.institutions.models import Institution
from sonae.core.web import dates, listing, navigation
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.site import chain
from sonae.site.pages import audit_shown, audit_words

# In the place of what would tell whose incident it was.
WITHHELD = gettext_lazy("Withheld: about an incident")


def _is_withheld(entry: Entry) -> bool:
    withheld: bool = entry.is_withheld  # type: ignore[attr-defined]  # audit_shown.entries
    return withheld


class EntryTable(listing.Table):
    number = listing.NumberColumn(verbose_name=gettext_lazy("No."), default=gettext_lazy("Not linked yet"))
    at = listing.MomentColumn(verbose_name=gettext_lazy("When"))
    kind = listing.EnumColumn(EntryKind, verbose_name=gettext_lazy("Kind"))
    verb = listing.tables.Column(verbose_name=gettext_lazy("What"))
    subject = listing.tables.Column(verbose_name=gettext_lazy("Subject"))
    subject_id = listing.tables.Column(verbose_name=gettext_lazy("Subject id"))
    by = listing.tables.Column(
        verbose_name=gettext_lazy("Person"), default=gettext_lazy("The system"), order_by=("shown_by",)
    )
    institution_id = listing.tables.Column(verbose_name=gettext_lazy("Institution"), order_by=("shown_institution",))
    facts = listing.tables.Column(verbose_name=gettext_lazy("Facts"), orderable=False)

    class Meta(listing.Table.Meta):
        model = Entry
        # What a reader looks for first stands where a screen of 1,280 pixels shows it.
        fields = ("number", "at", "verb", "by", "institution_id", "facts", "subject", "subject_id", "kind")
        sequence = fields
        empty_text = gettext_lazy("No entry fits.")

    @cached_property
    def _shown(self) -> list[Entry]:
        return [row.record for row in self.paginated_rows]

    @cached_property
    def _people(self) -> dict[str, str]:
        """The names of everybody on this page of the log, read at once."""
        found = Account.objects.filter(pk__in={entry.by for entry in self._shown if entry.by})
        return {str(account.pk): account.name or account.email for account in found}

    @cached_property
    def _places(self) -> dict[int, str]:
        wanted = {entry.institution_id for entry in self._shown if entry.institution_id and not _is_withheld(entry)}
        return dict(Institution.objects.filter(pk__in=wanted).values_list("pk", "name"))

    # Pages show names; files keep the ids, which stay true when a name changes.
    def render_verb(self, value: str) -> str:
        return audit_words.of(value)

    def value_verb(self, value: str) -> str:
        return value

    def render_by(self, value: object, record: Entry) -> str:
        return str(WITHHELD) if self._hides(value, record) else self._people.get(str(value), str(value))

    def value_by(self, value: object, record: Entry) -> str:
        return str(WITHHELD) if self._hides(value, record) else str(value)

    def render_institution_id(self, value: int, record: Entry) -> str:
        return str(WITHHELD) if _is_withheld(record) else self._places.get(value, str(value))

    def value_institution_id(self, value: int, record: Entry) -> int | str:
        return str(WITHHELD) if _is_withheld(record) else value

    @cached_property
    def _insiders(self) -> frozenset[str]:
        return audit_shown.insiders()

    def _hides(self, person: object, record: Entry) -> bool:
        return _is_withheld(record) and str(person) in self._insiders

    def render_facts(self, value: dict[str, object]) -> str:
        return ", ".join(f"{name}: {fact}" for name, fact in value.items())

    def value_facts(self, value: dict[str, object]) -> str:
        return self.render_facts(value)


class EntryFilter(listing.FilterSet):
    verb = listing.django_filters.CharFilter(
        label=gettext_lazy("What (begins with)"), lookup_expr="startswith", max_length=80
    )
    kind = listing.EnumFilter(EntryKind, label=gettext_lazy("Kind"))
    subject = listing.django_filters.CharFilter(label=gettext_lazy("Subject"), max_length=60)
    subject_id = listing.django_filters.CharFilter(label=gettext_lazy("Subject id"), max_length=64)
    person = listing.django_filters.CharFilter(
        label=gettext_lazy("Person (e-mail address or id)"), max_length=254, method="of_person"
    )
    institution = listing.django_filters.CharFilter(
        label=gettext_lazy("Institution (register code)"), max_length=40, method="at_institution"
    )
    since = dates.MomentFilter(
        label=gettext_lazy("From"),
        field_name="at",
        lookup_expr="gte",
    )
    until = dates.MomentFilter(
        label=gettext_lazy("Until"),
        field_name="at",
        lookup_expr="lt",
    )

    class Meta:
        model = Entry
        fields = ()

    def of_person(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        account = Account.objects.filter(email__iexact=value.strip()).first()
        wanted = str(account.pk) if account else _id_text(value)
        found = rows.filter(by=wanted)
        return found.filter(is_withheld=False) if wanted in audit_shown.insiders() else found

    def at_institution(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        found = Institution.objects.filter(register_code=value.strip()).first()
        return rows.filter(institution_id=found.pk, is_withheld=False) if found else rows.none()


@needs(Permission.AUDIT_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    conditions = {name: value for name, value in request.GET.items() if name in EntryFilter.base_filters and value}
    audit.record_read(
        "audit.search", subject="chain", subject_id="", by=request.viewer.account_id, now=request.now, facts=conditions
    )
    waiting = queries.waiting()
    return listing.respond(
        request,
        table=EntryTable,
        filterset=EntryFilter,
        queryset=audit_shown.entries(request.viewer),
        template="site/audit/index.html",
        filename="audit",
        context={
            "verification": chain.last_verification(),
            "late": waiting if rules.is_late(waiting, now=request.now) else None,
        },
    )


@needs(Permission.AUDIT_READ)
@require_POST
def verify(request: SignedInRequest) -> HttpResponse:
    """Queues a check of the whole chain."""
    chain.verify_chain.enqueue(str(request.viewer.account_id))
    messages.success(request, _("The check of the chain has been queued. Its result appears here when it is done."))
    return redirect("audit:list")


def _id_text(value: str) -> str:
    """An id as the log writes it, else what was typed: that finds nothing."""
    try:
        return str(UUID(value.strip()))
    except ValueError:
        return value.strip() or "-"


app_name = "audit"
urlpatterns = [
    path("audit/", index, name="list"),
    path("audit/verification/", verify, name="verify"),
]

navigation.register(
    navigation.NavItem(
        label=gettext_lazy("Audit log"),
        url_name="audit:list",
        permission=Permission.AUDIT_READ,
        order=95,
        section=navigation.Section.ADMINISTRATION,
    )
)
