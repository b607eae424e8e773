"""People: who has an account, which roles they hold, and closing an account; within the reach of whoever looks."""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.db.models import OuterRef, QuerySet, StringAgg, Subquery, Value
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from sonae.core.access import queries, rules, services
from sonae.core.access.models import Grant
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.web import listing, navigation, words
from sonae.core.web.gate import needs, signed_in
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import Decision
from sonae.kernel.errors import Gone


class AccountTable(listing.Table):
    name = listing.LinkColumn("accounts:detail", told_apart_by=("email",), verbose_name=pgettext_lazy("person", "Name"))
    email = listing.tables.Column(verbose_name=gettext_lazy("E-mail address"))
    roles = listing.tables.Column(verbose_name=gettext_lazy("Roles"), orderable=False, empty_values=())
    last_login = listing.MomentColumn(verbose_name=gettext_lazy("Last sign-in"))
    created_at = listing.MomentColumn(verbose_name=gettext_lazy("Since"))
    closed_at = listing.MomentColumn(verbose_name=gettext_lazy("Closed"))

    class Meta(listing.Table.Meta):
        model = Account
        fields = ("name", "email", "roles", "last_login", "created_at", "closed_at")
        order_by = "name"

    def render_roles(self, value: str | None) -> str:
        return self.value_roles(value) or "–"

    def value_roles(self, value: str | None) -> str:
        return ", ".join(words.of(Role(role)) for role in sorted(set((value or "").split(","))) if role)


class AccountFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "name_kana", "email"))
    role = listing.EnumFilter(Role, label=gettext_lazy("Role"), method="holding")

    class Meta:
        model = Account
        fields = ()

    def holding(self, rows: QuerySet[Account], _name: str, value: str) -> QuerySet[Account]:
        held = Grant.objects.in_force(self.request.now).visible_to(self.request.viewer).filter(role=value)
        return rows.filter(pk__in=held.values("account_id"))


@needs(Permission.ACCOUNT_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=AccountTable,
        filterset=AccountFilter,
        queryset=_with_roles(queries.accounts_visible_to(request.viewer), request.viewer, now=request.now),
        template="site/accounts/index.html",
        filename="accounts",
        context={"may_invite": rules.may(request.viewer, Permission.ACCOUNT_INVITE)},
    )


@needs(Permission.ACCOUNT_READ)
@require_GET
def detail(request: SignedInRequest, account_id: UUID) -> HttpResponse:
    account = _visible(account_id, request.viewer)
    grants = _grants_of(account, request.viewer)
    page = {
        "account": account,
        "grants": [(grant, _may_end(grant, request.viewer)) for grant in grants],
        "now": request.now,
        "may_give": rules.may(request.viewer, Permission.GRANT_CHANGE),
        "may_close": _may_close(account, request.viewer, now=request.now),
    }
    return render(request, "site/accounts/detail.html", page)


@signed_in
@require_GET
def own(request: SignedInRequest) -> HttpResponse:
    """One's own account: roles, sign-in, sessions, tokens."""
    grants = Grant.objects.in_force(request.now).filter(account=request.user)
    page = {"account": request.user, "grants": grants.select_related("institution", "jurisdiction", "vendor")}
    return render(request, "site/accounts/own.html", page)


@needs(Permission.GRANT_CHANGE)
@require_http_methods(["GET", "POST"])
def close(request: SignedInRequest, account_id: UUID) -> HttpResponse:
    account = _visible(account_id, request.viewer)
    if request.method == "POST":
        services.close_account(account_id, by=request.viewer, now=request.now)
        messages.success(request, _("The account of %(name)s was closed.") % {"name": account.name})
        return redirect("accounts:detail", account_id)
    page = {"account": account, "may_close": _may_close(account, request.viewer, now=request.now)}
    return render(request, "site/accounts/close.html", page)


def _with_roles(accounts: QuerySet[Account], viewer: Viewer, *, now: datetime) -> QuerySet[Account]:
    held = (
        Grant.objects.in_force(now)
        .visible_to(viewer)
        .filter(account_id=OuterRef("pk"))
        .order_by()
        .values("account_id")
        .annotate(all_roles=StringAgg("role", delimiter=Value(",")))
    )
    return accounts.annotate(roles=Subquery(held.values("all_roles")))


def _visible(account_id: UUID, viewer: Viewer) -> Account:
    account = queries.accounts_visible_to(viewer).filter(pk=account_id).first()
    if account is None:
        raise Gone("account", account_id)
    return account


def _grants_of(account: Account, viewer: Viewer) -> QuerySet[Grant]:
    rows = Grant.objects.visible_to(viewer).filter(account=account)
    return rows.select_related("institution", "jurisdiction", "vendor").order_by("ends_at", "starts_at")


def _may_end(grant: Grant, viewer: Viewer) -> Decision:
    return rules.may_grant(
        viewer, Role(grant.role), at=services.place_of(grant), to_self=grant.account_id == viewer.account_id
    )


def _may_close(account: Account, viewer: Viewer, *, now: datetime) -> Decision:
    held = Grant.objects.in_force(now).filter(account=account)
    places = [(Role(grant.role), services.place_of(grant)) for grant in held]
    return rules.may_close(viewer, places, is_self=account.pk == viewer.account_id)


app_name = "accounts"
urlpatterns = [
    path("accounts/", index, name="list"),
    path("accounts/me/", own, name="own"),
    path("accounts/<uuid:account_id>/", detail, name="detail"),
    path("accounts/<uuid:account_id>/closure/", close, name="close"),
]

navigation.register(
    navigation.NavItem(
        label=gettext_lazy("Accounts"),
        url_name="accounts:list",
        permission=Permission.ACCOUNT_READ,
        order=90,
        section=navigation.Section.ADMINISTRATION,
    )
)
