"""Roles and invitations: giving and ending a role, inviting someone to one, and accepting an invitation."""

from typing import Any, cast
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import queries, rules, services
from sonae.core.access.models import Grant, InvitedGrant
from sonae.core.access.vocabulary import Permission, Place, PlaceKind
from sonae.core.accounts import rules as account_rules
from sonae.core.accounts import services as accounts
from sonae.core.accounts.models import Account, Invitation
from sonae.core.accounts.vocabulary import AccountRefusal, Language, Role, Viewer
from sonae.core.institutions.models import Institution, Jurisdiction, Vendor
from sonae.core.institutions.vocabulary import Prefecture
from sonae.core.notifications import services as notifications
from sonae.core.web import listing, navigation, words
from sonae.core.web.gate import needs, open_to_all, signed_in
from sonae.core.web.http import SignedInRequest, SonaeRequest
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone, NotAllowed
from sonae.site import witnesses
from sonae.site.pages.institutions.tables import jurisdiction_name

BACKEND = settings.AUTHENTICATION_BACKENDS[0]


class JurisdictionField(forms.ModelChoiceField):
    """Public bodies by their names in the language of the page."""

    def label_from_instance(self, obj: Jurisdiction) -> str:
        return jurisdiction_name(obj)


class RoleForm(forms.Form):
    """A role and the place at which it is held; only roles that the viewer may give are offered."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    institution = forms.CharField(
        label=gettext_lazy("Institution"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Register code. For managers, executives and staff."),
    )
    jurisdiction = JurisdictionField(
        label=gettext_lazy("Jurisdiction"),
        required=False,
        queryset=Jurisdiction.objects.none(),
        help_text=gettext_lazy("For inspectors."),
    )
    prefecture = forms.ChoiceField(
        label=gettext_lazy("Prefecture"),
        required=False,
        choices=lambda: [("", "---------"), *((code.value, words.of(code)) for code in Prefecture)],
        help_text=gettext_lazy(
            "For officers of a prefecture: the whole territory, cities with their own health centre included."
        ),
    )
    vendor = forms.ModelChoiceField(
        label=gettext_lazy("Vendor"),
        required=False,
        queryset=Vendor.objects.none(),
        help_text=gettext_lazy("For people at a vendor."),
    )

    def __init__(self, *args: Any, viewer: Viewer, to_self: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer, self.to_self = viewer, to_self
        offered = rules.grantable(viewer)
        roles = [(role.value, words.of(role)) for role in Role if role in offered]
        cast(forms.ChoiceField, self.fields["role"]).choices = roles
        kinds = {rules.PLACE_OF_ROLE[role] for role in offered}
        if PlaceKind.PREFECTURE not in kinds:
            del self.fields[PlaceKind.PREFECTURE.value]
        for kind, rows in (
            (PlaceKind.JURISDICTION, Jurisdiction.objects.all()),
            (PlaceKind.VENDOR, Vendor.objects.all()),
        ):
            if kind in kinds:
                cast(forms.ModelChoiceField, self.fields[kind.value]).queryset = rows
            else:
                del self.fields[kind.value]
        own = rules.reach(viewer, Permission.GRANT_CHANGE)
        if not own.nation and len(own.institution_ids) == 1:
            self.fields["institution"].initial = Institution.objects.get(pk__in=own.institution_ids).register_code

    def clean_institution(self) -> Institution | None:
        code = self.cleaned_data["institution"].strip()
        found = Institution.objects.filter(register_code=code).first() if code else None
        if code and found is None:
            raise forms.ValidationError(_("The register has no institution with this code."))
        return found

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or self.cleaned_data
        if "role" in chosen and not self.errors:
            decision = rules.may_grant(self.viewer, self.chosen_role(), at=self.place(), to_self=self.to_self)
            if isinstance(decision, Refused):
                self.add_error(_field_of(self.chosen_role()), words.of(decision))
        return chosen

    def chosen_role(self) -> Role:
        return Role(self.cleaned_data["role"])

    def place(self) -> Place:
        """The place that fits the role; what was filled in for another kind of place is left aside."""
        match rules.PLACE_OF_ROLE[self.chosen_role()]:
            case PlaceKind.INSTITUTION:
                found = self.cleaned_data["institution"]
                return services.place_of_institution(found.pk) if found else Place()
            case PlaceKind.JURISDICTION:
                found = self.cleaned_data.get("jurisdiction")
                return Place(jurisdiction_id=found.pk if found else None)
            case PlaceKind.PREFECTURE:
                code = self.cleaned_data.get("prefecture")
                return Place(prefecture=Prefecture(code) if code else None)
            case PlaceKind.VENDOR:
                found = self.cleaned_data.get("vendor")
                return Place(vendor_id=found.pk if found else None)
            case PlaceKind.NATION:
                return Place()


class InvitationForm(RoleForm):
    """Someone, and the role they shall have. It says the same whether an account has the address or not."""

    name = forms.CharField(label=pgettext_lazy("person", "Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail address"))
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the mails"),
        choices=lambda: [(language.value, words.of(language)) for language in Language],
        initial=Language.JAPANESE.value,
    )
    field_order = ("name", "email", "language", "role")

    def __init__(self, *args: Any, own_address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own_address = own_address

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        self.to_self = account_rules.is_for(email, own=self.own_address).ok
        return email


class PasswordForm(forms.Form):
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least 13 characters. Several words in a row are easy to remember and hard to guess."
        ),
    )
    again = forms.CharField(
        label=gettext_lazy("The same password again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, account: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.account)
        return password

    def clean(self) -> dict[str, Any]:
        chosen = super().clean() or self.cleaned_data
        if "password" in chosen and chosen["password"] != chosen.get("again"):
            self.add_error("again", _("The two passwords differ."))
        return chosen


class InvitationTable(listing.Table):
    name = listing.tables.Column(verbose_name=pgettext_lazy("person", "Name"), accessor="invitation__name")
    email = listing.tables.Column(verbose_name=gettext_lazy("E-mail address"), accessor="invitation__email")
    role = listing.EnumColumn(Role, verbose_name=gettext_lazy("Role"))
    institution = listing.tables.Column(verbose_name=gettext_lazy("Institution"), accessor="institution__name")
    created_at = listing.MomentColumn(verbose_name=gettext_lazy("Invited"), accessor="invitation__created_at")
    expires_at = listing.MomentColumn(verbose_name=gettext_lazy("Valid until"), accessor="invitation__expires_at")
    withdraw = listing.tables.TemplateColumn(
        verbose_name=gettext_lazy("Action"),
        template_name="site/grants/withdraw_button.html",
        orderable=False,
        exclude_from_export=True,
    )

    class Meta(listing.Table.Meta):
        model = InvitedGrant
        fields = ("name", "email", "role", "institution", "created_at", "expires_at", "withdraw")
        order_by = "-created_at"
        empty_text = gettext_lazy("No invitation is open.")


class InvitationFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("invitation__name", "invitation__email", "institution__name"))
    role = listing.EnumFilter(Role, label=gettext_lazy("Role"))

    class Meta:
        model = InvitedGrant
        fields = ()


@needs(Permission.GRANT_CHANGE)
@require_http_methods(["GET", "POST"])
def give(request: SignedInRequest, account_id: UUID) -> HttpResponse:
    account = queries.accounts_visible_to(request.viewer).filter(pk=account_id).first()
    if account is None:
        raise Gone("account", account_id)
    form = RoleForm(request.POST or None, viewer=request.viewer, to_self=account_id == request.viewer.account_id)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            grant = services.grant_role(
                account_id, form.chosen_role(), at=form.place(), by=request.viewer, now=request.now
            )
            witnesses.tell_of_grant(grant, account, by=request.viewer, at=form.place(), now=request.now)
        sentence = _("%(name)s now has the role “%(role)s”.")
        messages.success(request, sentence % {"name": account.name, "role": words.of(form.chosen_role())})
        return redirect("accounts:detail", account_id)
    page = {"form": form, "account": account}
    return render(request, "site/grants/give.html", page, status=422 if form.errors else 200)


@needs(Permission.GRANT_CHANGE)
@require_POST
def end(request: SignedInRequest, grant_id: UUID) -> HttpResponse:
    grant: Grant = services.end_grant(grant_id, by=request.viewer, now=request.now)
    messages.success(request, _("The role has ended."))
    return redirect("accounts:detail", grant.account_id)


@needs(Permission.ACCOUNT_INVITE)
@require_GET
def invitations(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=InvitationTable,
        filterset=InvitationFilter,
        queryset=InvitedGrant.objects.visible_to(request.viewer)
        .pending(request.now)
        .select_related("invitation", "institution"),
        template="site/grants/invitations.html",
        filename="invitations",
    )


@needs(Permission.ACCOUNT_INVITE)
@require_http_methods(["GET", "POST"])
@never_cache
def invite(request: SignedInRequest) -> HttpResponse:
    form = InvitationForm(request.POST or None, viewer=request.viewer, own_address=request.user.email)
    if request.method == "POST" and form.is_valid():
        role, at = form.chosen_role(), form.place()
        with transaction.atomic():
            invitation, secret = services.invite_to_role(
                form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=role,
                at=at,
                by=request.viewer,
                now=request.now,
                language=Language(form.cleaned_data["language"]),
            )
            _mail(invitation, secret, by=request.user)
            witnesses.tell_of_invitation(invitation, role, by=request.viewer, at=at, now=request.now)
        return render(request, "site/grants/invited.html", {"invitation": invitation})
    return render(request, "site/grants/invite.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.ACCOUNT_INVITE)
@require_POST
def withdraw(request: SignedInRequest, invitation_id: UUID) -> HttpResponse:
    services.withdraw_invitation(invitation_id, by=request.viewer, now=request.now)
    messages.success(request, _("The invitation was withdrawn; its link opens nothing any more."))
    return redirect("grants:invitations")


@open_to_all
@require_http_methods(["GET", "POST"])
@sensitive_post_parameters("password", "again")
@never_cache
def accept(request: SonaeRequest, secret: str) -> HttpResponse:
    """The one-time link: choosing a password makes the account and signs in; a second factor is set up next.

    Who has an account already signs in to it and takes the role there. Only the mail's reader comes this far.
    """
    try:
        invitation = accounts.open_invitation(secret, now=request.now)
    except NotAllowed as closed:
        return _closed(request, closed.refusal)
    if request.viewer.is_signed_in:
        return redirect("grants:accept-own", secret)
    held = accounts.account_invited(invitation)
    if held is not None:
        return _known(request, invitation, held, secret=secret)
    form = PasswordForm(request.POST or None, account=Account(email=invitation.email, name=invitation.name))
    if request.method == "POST" and form.is_valid():
        try:
            account = services.accept_invitation(secret, password=form.cleaned_data["password"], now=request.now)
        except NotAllowed as refused:
            return _closed(request, refused.refusal)
        login(request, account, backend=BACKEND)
        record_authentication(request, account, method="password", email=account.email, reauthenticated=True)
        messages.success(request, _("Welcome to Sonae. Your account is ready."))
        return redirect(settings.LOGIN_REDIRECT_URL)
    # Always 200: a request that fails is logged with its address, and this address is a secret.
    page = {"form": form, "invitation": invitation, "invited": _invited(invitation)}
    return render(request, "site/grants/accept.html", page)


@signed_in
@require_http_methods(["GET", "POST"])
@never_cache
def accept_own(request: SignedInRequest, secret: str) -> HttpResponse:
    """The one-time link for somebody who has an account, and has signed in to it: they take the role."""
    try:
        invitation = accounts.open_invitation(secret, now=request.now)
        require(account_rules.is_for(invitation.email, own=request.user.email))
        if request.method == "POST":
            services.accept_invitation_as(secret, by=request.viewer, now=request.now)
            messages.success(request, _("The invitation is accepted. The role is yours."))
            return redirect(settings.LOGIN_REDIRECT_URL)
    except NotAllowed as refused:
        return _closed(request, refused.refusal)
    page = {"invitation": invitation, "invited": _invited(invitation)}
    return render(request, "site/grants/accept_own.html", page)


def _closed(request: SonaeRequest, refusal: Refused) -> HttpResponse:
    """Why the link does not open, and what to do; 200, for the sake of the log."""
    return render(request, "site/grants/closed.html", {"why": words.of(refusal), "reason": str(refusal.reason)})


def _known(request: SonaeRequest, invitation: Invitation, held: Account, *, secret: str) -> HttpResponse:
    """What somebody reads whose address has an account, and who has not signed in to it."""
    if not held.is_active:
        return _closed(request, Refused(AccountRefusal.ACCOUNT_CLOSED))
    page = {"invitation": invitation, "invited": _invited(invitation), "secret": secret}
    return render(request, "site/grants/known.html", page)


def _invited(invitation: Invitation) -> InvitedGrant | None:
    found = InvitedGrant.objects.filter(invitation=invitation)
    return found.select_related("institution", "jurisdiction", "vendor").first()


def _mail(invitation: Invitation, secret: str, *, by: Account) -> None:
    notifications.queue_mail_to_address(
        "site/invitation",
        address=invitation.email,
        language=invitation.language,
        context={
            "name": invitation.name,
            "inviter": by.name,
            "expires_at": invitation.expires_at,
            # The outbox forgets what a mail said as soon as the mail was sent.
            "path": reverse("grants:accept", args=[secret]),
        },
        key=f"invitation:{invitation.pk}",
        now=invitation.created_at,
    )


def _field_of(role: Role) -> str:
    kind = rules.PLACE_OF_ROLE[role]
    return "role" if kind is PlaceKind.NATION else kind.value


app_name = "grants"
urlpatterns = [
    path("accounts/<uuid:account_id>/roles/new/", give, name="give"),
    path("roles/<uuid:grant_id>/end/", end, name="end"),
    path("invitations/", invitations, name="invitations"),
    path("invitations/new/", invite, name="invite"),
    path("invitations/<uuid:invitation_id>/withdrawal/", withdraw, name="withdraw"),
    path("invitation/<str:secret>/", accept, name="accept"),
    path("invitation/<str:secret>/own/", accept_own, name="accept-own"),
]

navigation.register(
    navigation.NavItem(
        label=gettext_lazy("Invitations"),
        url_name="grants:invitations",
        permission=Permission.ACCOUNT_INVITE,
        order=91,
        section=navigation.Section.ADMINISTRATION,
    )
)
