from datetime import datetime
from typing import Any
from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.notifications import rules, services
from sonae.core.notifications.forms import EndpointForm
from sonae.core.notifications.models import Endpoint, Message
from sonae.core.notifications.vocabulary import EVENTS, Channel, MessageState
from sonae.core.web import listing, words
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs, signed_in
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import NotAllowed

_JUST_REGISTERED = "notifications_registered"


class HourColumn(listing.MomentColumn):
    """A moment to the hour, also in exports."""

    def render(self, value: datetime) -> str:
        return super().render(rules.to_the_hour(value) or value)

    def value(self, value: datetime) -> datetime:
        return rules.to_the_hour(value) or value


class MessageTable(listing.Table):
    queued_at = HourColumn(verbose_name=_("Queued"))
    channel = listing.EnumColumn(Channel, verbose_name=_("Channel"))
    domain = listing.LinkColumn(
        "notifications:detail", told_apart_by=("queued_hour", listing.ROW), verbose_name=_("Domain"), orderable=False
    )
    state = listing.EnumColumn(MessageState, verbose_name=_("State"))
    attempts = listing.NumberColumn(verbose_name=_("Attempts"))
    last_code = tables.Column(verbose_name=_("Last answer"))
    last_tried_at = HourColumn(verbose_name=_("Last attempt"))
    next_try_at = HourColumn(verbose_name=_("Next attempt"))

    class Meta(listing.Table.Meta):
        model = Message
        fields = (
            "queued_at",
            "channel",
            "domain",
            "state",
            "attempts",
            "last_code",
            "last_tried_at",
            "next_try_at",
        )
        empty_text = _("No message was queued yet.")


class MessageFilter(listing.FilterSet):
    # Nothing else is searched: a hit would tell as much as a column.
    q = listing.SearchFilter(fields=("last_code",), label=_("Search"))
    state = listing.EnumFilter(MessageState, label=_("State"))
    channel = listing.EnumFilter(Channel, label=_("Channel"))

    class Meta:
        model = Message
        fields = ()


class EndpointTable(listing.Table):
    url = listing.LinkColumn("notifications:endpoint", verbose_name=_("Address"))
    owner = tables.Column(verbose_name=_("For"), empty_values=(), orderable=False)
    created_at = listing.MomentColumn(verbose_name=_("Registered"))
    closed_at = listing.MomentColumn(verbose_name=_("Closed"))

    class Meta(listing.Table.Meta):
        model = Endpoint
        fields = ("url", "owner", "created_at", "closed_at")
        empty_text = _("No webhook is registered.")

    def render_owner(self, record: Endpoint) -> str:
        return owner_of(record)

    def value_owner(self, record: Endpoint) -> str:
        return owner_of(record)


class EndpointFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("url", "institution__name", "account__name"), label=_("Search"))

    class Meta:
        model = Endpoint
        fields = ()


def owner_of(endpoint: Endpoint) -> str:
    """The institution or the person that a webhook speaks to."""
    return str(endpoint.institution or endpoint.account)


def event_in_words(event: str) -> str:
    """What a webhook was called about; an event that only a former release knew stands as it is."""
    try:
        return words.of(EVENTS(event))
    except ValueError:
        return event


@needs(Permission.MESSAGE_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Outgoing messages, the dead among them."""
    rows = Message.objects.visible_to(request.viewer)
    return listing.respond(
        request,
        table=MessageTable,
        filterset=MessageFilter,
        queryset=rows.select_related("account", "endpoint"),
        template="notifications/index.html",
        filename="messages",
        context={"dead": rows.filter(state=MessageState.DEAD).count()},
    )


@needs(Permission.MESSAGE_READ)
@require_GET
def detail(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    """What became of one message; neither what it says nor whom it is for."""
    message = visible_or_404(Message.objects.select_related("account", "endpoint"), request.viewer, pk=message_id)
    facts: list[tuple[Any, Any]] = [
        (_("Domain"), message.domain),
        (_("Queued"), rules.to_the_hour(message.queued_at)),
        (_("Attempts"), message.attempts),
        (_("Last attempt"), rules.to_the_hour(message.last_tried_at)),
        (_("Last answer"), message.last_code or None),
        (_("Next attempt"), rules.to_the_hour(message.next_try_at)),
        (_("Sent"), rules.to_the_hour(message.sent_at)),
        (_("Given up"), rules.to_the_hour(message.dead_at)),
    ]
    decision = rules.may_send_again(message.facts())
    return render(request, "notifications/detail.html", {"message": message, "facts": facts, "again": decision})


@needs(Permission.MESSAGE_RETRY)
@require_POST
def retry(request: SignedInRequest, message_id: UUID) -> HttpResponse:
    services.retry_dead(message_id, by=request.viewer, now=request.now)
    messages.success(request, _("The message is queued again."))
    return redirect("notifications:detail", message_id)


@signed_in
@require_GET
def endpoints(request: SignedInRequest) -> HttpResponseBase:
    """The webhooks of one's institutions and one's own."""
    rows = Endpoint.objects.visible_to(request.viewer).select_related("institution", "account")
    return listing.respond(
        request,
        table=EndpointTable,
        filterset=EndpointFilter,
        queryset=rows,
        template="notifications/endpoints.html",
        filename="webhooks",
    )


@signed_in
@require_http_methods(["GET", "POST"])
def register(request: SignedInRequest) -> HttpResponse:
    """Registers a webhook; its secret is shown on the next page, once."""
    form = EndpointForm(request.POST or None, viewer=request.viewer)
    if request.method == "POST" and form.is_valid():
        institution = form.cleaned_data["institution"]
        try:
            endpoint, secret = services.register_endpoint(
                form.cleaned_data["url"],
                institution_id=institution and institution.pk,
                by=request.viewer,
                now=request.now,
            )
        except NotAllowed as refused:
            # Shown at the field, so that what was typed stays.
            form.add_error("url", words.of(refused.refusal))
        else:
            request.session[_JUST_REGISTERED] = {"endpoint": str(endpoint.pk), "secret": secret}
            return redirect("notifications:endpoint", endpoint.pk)
    return render(request, "notifications/register.html", {"form": form})


@signed_in
@require_GET
def endpoint(request: SignedInRequest, endpoint_id: UUID) -> HttpResponse:
    """One webhook with its latest calls, and its secret right after it was registered."""
    found = visible_or_404(Endpoint.objects.select_related("institution", "account"), request.viewer, pk=endpoint_id)
    kept = request.session.get(_JUST_REGISTERED) or {}
    secret = request.session.pop(_JUST_REGISTERED)["secret"] if kept.get("endpoint") == str(endpoint_id) else ""
    facts: list[tuple[Any, Any]] = [
        (_("For"), owner_of(found)),
        (_("Registered"), found.created_at),
        (_("Closed"), found.closed_at),
    ]
    calls = [(event_in_words(call.template), call) for call in Message.objects.filter(endpoint=found)[:20]]
    return render(
        request, "notifications/endpoint.html", {"endpoint": found, "facts": facts, "secret": secret, "calls": calls}
    )


@signed_in
@require_POST
def trial(request: SignedInRequest, endpoint_id: UUID) -> HttpResponse:
    services.queue_trial(endpoint_id, by=request.viewer, now=request.now)
    messages.success(request, _("A trial call is queued. Its result appears below within a minute."))
    return redirect("notifications:endpoint", endpoint_id)


@signed_in
@require_POST
def close(request: SignedInRequest, endpoint_id: UUID) -> HttpResponse:
    services.close_endpoint(endpoint_id, by=request.viewer, now=request.now)
    messages.success(request, _("The webhook is closed and will not be called again."))
    return redirect("notifications:endpoint", endpoint_id)
