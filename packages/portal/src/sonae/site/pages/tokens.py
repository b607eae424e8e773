"""Tokens with which programs speak to the API: for an institution, or for a person."""

from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access import rules, services
from sonae.core.access.models import ApiToken
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Institution
from sonae.core.web import listing, navigation, words
from sonae.core.web.gate import needs, signed_in
from sonae.core.web.http import SignedInRequest


class TokenTable(listing.Table):
    name = listing.tables.Column(verbose_name=gettext_lazy("Name"))
    speaks_for = listing.tables.Column(
        verbose_name=gettext_lazy("Speaks for"), accessor="institution__name", default=gettext_lazy("Yourself")
    )
    scopes = listing.tables.Column(verbose_name=gettext_lazy("What it may do"), orderable=False)
    created_at = listing.MomentColumn(verbose_name=gettext_lazy("Issued"))
    last_used_at = listing.MomentColumn(verbose_name=gettext_lazy("Last used"))
    expires_at = listing.MomentColumn(verbose_name=gettext_lazy("Valid until"))
    revoked_at = listing.MomentColumn(verbose_name=gettext_lazy("Revoked"))
    revoke = listing.tables.TemplateColumn(
        verbose_name=gettext_lazy("Action"),
        template_name="site/tokens/revoke_button.html",
        orderable=False,
        exclude_from_export=True,
    )

    class Meta(listing.Table.Meta):
        model = ApiToken
        fields = ("name", "speaks_for", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at", "revoke")
        order_by = "-created_at"
        empty_text = gettext_lazy("There are no tokens yet.")

    def render_scopes(self, value: list[str]) -> str:
        return self.value_scopes(value)

    def value_scopes(self, value: list[str]) -> str:
        return ", ".join(words.of(Permission(scope)) for scope in value)


class TokenFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("name", "institution__name"))

    class Meta:
        model = ApiToken
        fields = ()


class TokenForm(forms.Form):
    """A name by which people recognise the token, and what it may do."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy("What uses it, so that you recognise it when you want to revoke it."),
    )
    scopes = forms.MultipleChoiceField(label=gettext_lazy("It may"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, offered: list[Permission], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["scopes"]).choices = [
            (scope.value, words.of(scope)) for scope in offered
        ]

    def chosen_scopes(self) -> list[Permission]:
        return [Permission(scope) for scope in self.cleaned_data["scopes"]]


class ProgramTokenForm(TokenForm):
    institution = forms.ModelChoiceField(label=gettext_lazy("Institution"), queryset=Institution.objects.none())
    field_order = ("institution", "name", "scopes")

    def __init__(self, *args: Any, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, offered=sorted(rules.PROGRAM_TOKEN_SCOPES), **kwargs)
        managed = rules.reach(viewer, Permission.TOKEN_MANAGE).institution_ids
        cast(forms.ModelChoiceField, self.fields["institution"]).queryset = Institution.objects.filter(pk__in=managed)
        if len(managed) == 1:
            self.fields["institution"].initial = next(iter(managed))


@signed_in
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    return listing.respond(
        request,
        table=TokenTable,
        filterset=TokenFilter,
        queryset=ApiToken.objects.visible_to(request.viewer).select_related("institution"),
        template="site/tokens/index.html",
        filename="tokens",
        context={"may_manage": rules.may(request.viewer, Permission.TOKEN_MANAGE)},
    )


@signed_in
@require_http_methods(["GET", "POST"])
@never_cache
def issue_own(request: SignedInRequest) -> HttpResponse:
    """A token for oneself; it is offered only what one may do."""
    may = {scope for scope in rules.PERSON_TOKEN_SCOPES if rules.may(request.viewer, scope).ok}
    form = TokenForm(request.POST or None, offered=sorted(may))
    if request.method == "POST" and form.is_valid():
        token, secret = services.issue_person_token(
            form.cleaned_data["name"], scopes=form.chosen_scopes(), by=request.viewer, now=request.now
        )
        return render(request, "site/tokens/issued.html", {"token": token, "secret": secret})
    return render(request, "site/tokens/issue.html", {"form": form}, status=422 if form.errors else 200)


@needs(Permission.TOKEN_MANAGE)
@require_http_methods(["GET", "POST"])
@never_cache
def issue_program(request: SignedInRequest) -> HttpResponse:
    """A token for a program of an institution."""
    form = ProgramTokenForm(request.POST or None, viewer=request.viewer)
    if request.method == "POST" and form.is_valid():
        token, secret = services.issue_program_token(
            form.cleaned_data["name"],
            institution_id=form.cleaned_data["institution"].pk,
            scopes=form.chosen_scopes(),
            by=request.viewer,
            now=request.now,
        )
        return render(request, "site/tokens/issued.html", {"token": token, "secret": secret})
    return render(request, "site/tokens/issue.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_POST
def revoke(request: SignedInRequest, token_id: UUID) -> HttpResponse:
    services.revoke_token(token_id, by=request.viewer, now=request.now)
    messages.success(request, _("The token was revoked; it opens nothing any more."))
    return redirect("tokens:list")


app_name = "tokens"
urlpatterns = [
    path("tokens/", index, name="list"),
    path("tokens/new/", issue_own, name="issue-own"),
    path("tokens/institution/new/", issue_program, name="issue-program"),
    path("tokens/<uuid:token_id>/revocation/", revoke, name="revoke"),
]

navigation.register(
    navigation.NavItem(
        label=gettext_lazy("API tokens"),
        url_name="tokens:list",
        permission=Permission.TOKEN_MANAGE,
        order=92,
        section=navigation.Section.ADMINISTRATION,
    )
)
