"""Answering by a vendor: the link as the institution sends it, and the pages that it opens, with nothing beside."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sonae.core.access.vocabulary import AccessRefusal, Permission
from sonae.core.accounts.vocabulary import Language
from sonae.core.instruments import link_rules, queries, services
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.forms import LinkForm, ReturnForm, SignForm
from sonae.core.instruments.models import AnswerLink, Response
from sonae.core.instruments.pages import overview as pages
from sonae.core.instruments.pages.addresses import LINK
from sonae.core.instruments.pages.wording import title_of
from sonae.core.instruments.views import answering, papers
from sonae.core.instruments.views.fetching import fetched, note_read
from sonae.core.instruments.vocabulary import LinkRefusal, ResponseState
from sonae.core.web import pace, words
from sonae.core.web.gate import is_for_part_of_page, needs, open_to_all
from sonae.core.web.http import SignedInRequest, SonaeRequest, revision_seen
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone, NotAllowed
from sonae.kernel.ids import digest

COOKIE = "sonae_answering"
# Requests in a minute: of one network that opens links, of one vendor that answers (every field is saved), and of one
# that saves what it handed in or the file to fill in, which are drawn each time; and that sends such a file back, which
# takes some seconds to read where somebody makes it so.
MOST_OPENED, MOST_SENT, MOST_SAVED, MOST_READ = 20, 240, 10, 5


# --- What the institution does ---


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def send(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Mails the link to the vendor."""
    found = fetched(request, response_id)
    form = LinkForm(request.POST)
    if not form.is_valid():
        page = pages.overview(found, viewer=request.viewer, now=request.now, link=form)
        return render(request, "instruments/response.html", page, status=422)
    language = Language.JAPANESE if words.is_japanese() else Language.ENGLISH
    link = services.send_link(
        found.pk, name=form.cleaned_data["name"], address=form.cleaned_data["address"], by=request.viewer,
        now=request.now, language=language,
    )  # fmt: skip
    messages.success(request, _("The link is sent to %(name)s.") % {"name": link.name})
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def remind(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Sends whoever was asked last a new link."""
    found = fetched(request, response_id)
    link = services.remind(found.pk, by=request.viewer, now=request.now)
    messages.success(request, _("A new link is sent to %(name)s.") % {"name": link.name})
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def revoke(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Takes the links back; whoever opened one is outside."""
    found = fetched(request, response_id)
    services.revoke_links(found.pk, by=request.viewer, now=request.now)
    messages.success(request, _("The link is revoked; it opens nothing any more."))
    return redirect("instruments:response", found.pk)


@require_POST
@needs(Permission.RESPONSE_ANSWER)
def give_back(request: SignedInRequest, response_id: UUID) -> HttpResponse:
    """Returns what the vendor submitted, with a reason and a new link."""
    found = fetched(request, response_id)
    form = ReturnForm(request.POST, auto_id="vendor_%s")
    if not form.is_valid():
        page = pages.overview(found, viewer=request.viewer, now=request.now, vendor_returning=form)
        return render(request, "instruments/response.html", page, status=422)
    sent = services.return_to_vendor(
        found.pk, reason=form.cleaned_data["reason"], seen=revision_seen(request), by=request.viewer, now=request.now
    )
    if isinstance(sent, Refused):
        why = words.of(sent)
        messages.warning(request, _("The form is returned to the vendor, but no link was sent. %(why)s") % {"why": why})
    else:
        messages.success(request, _("The form is returned to the vendor, with a new link."))
    return redirect("instruments:response", found.pk)


# --- What the link opens ---


@open_to_all
@never_cache
@require_http_methods(["GET", "POST"])
def open_link(request: SonaeRequest, secret: str) -> HttpResponse:
    """The link of the mail. Looking at it changes nothing, for scanners of mails look at links; the button opens it.

    Always 200: a request that fails is logged with its address, and this address is a secret.
    """
    network = digest(str(get_adapter().get_client_ip(request)))
    if pace.is_too_fast(f"link-open:{network}", most=MOST_OPENED, now=request.now):
        return _closed(request, Refused(LinkRefusal.TOO_OFTEN))
    try:
        if request.method == "GET":
            link = services.found_link(secret, now=request.now)
            return render(request, "instruments/link_open.html", _asked(link))
        link, session = services.open_link(secret, now=request.now)
    except NotAllowed as refused:
        return _closed(request, refused.refusal)
    address = reverse("answering:response", args=[link.response_id])
    answer = redirect(address)
    answer.set_cookie(
        COOKIE, session, max_age=max(timedelta(), link.expires_at - request.now), path=address,
        secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax",
    )  # fmt: skip
    return answer


def by_link(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lets in who opened the link of this response, as nobody anywhere else; for everybody else it does not exist."""

    @open_to_all
    @never_cache
    @wraps(view)
    def entered(request: SonaeRequest, response_id: UUID, **more: Any) -> HttpResponse:
        session = request.COOKIES.get(COOKIE, "")
        link = queries.link_of_session(response_id, session)
        if link is None:
            if is_for_part_of_page(request):
                # Their page stays on the screen, and says what is to be done; whether there is a response is not said.
                require(Refused(AccessRefusal.SIGN_IN_FIRST))
            raise Gone("response", response_id)
        if not link_rules.lets_in(link.facts(), now=request.now):
            return _closed(request, link_rules.why_outside(link.facts(), now=request.now), status=403)
        held = queries.link_holds(link, now=request.now)
        if isinstance(held, Refused):
            return _closed(request, held, status=403)
        if request.method == "POST" and pace.is_too_fast(f"link:{link.pk}", most=MOST_SENT, now=request.now):
            return _closed(request, Refused(LinkRefusal.TOO_OFTEN), status=429)
        request.viewer = services.admitted(link)
        return view(request, fetched(request, response_id), **more)

    return entered


@require_GET
@by_link
def response(request: SonaeRequest, found: Response) -> HttpResponse:
    """The whole form, as the vendor sees it."""
    note_read(request, found)
    return _overview(request, found)


@require_http_methods(["GET", "POST"])
@by_link
def page(request: SonaeRequest, found: Response, number: int) -> HttpResponse:
    """One page of questions."""
    return answering.answer_page(request, found, number, door=LINK)


@require_GET
@by_link
def sheet(request: SonaeRequest, found: Response) -> HttpResponse:
    """All answers, to be read or printed."""
    return answering.read_sheet(request, found, door=LINK)


@require_GET
@by_link
def paper(request: SonaeRequest, found: Response) -> HttpResponse:
    """What was handed in last, as PDF."""
    return _saved(request, found, papers.hand_out_pdf)


@require_GET
@by_link
def copy(request: SonaeRequest, found: Response) -> HttpResponse:
    """The same as a workbook to keep."""
    return _saved(request, found, papers.hand_out_xlsx)


@require_http_methods(["GET", "POST"])
@by_link
def workbook(request: SonaeRequest, found: Response) -> HttpResponse:
    """Answering in a spreadsheet."""
    if request.method == "POST" and pace.is_too_fast(f"link-read:{found.pk}", most=MOST_READ, now=request.now):
        return _closed(request, Refused(LinkRefusal.TOO_OFTEN), status=429)
    return answering.send_workbook(request, found, door=LINK)


@require_GET
@by_link
def workbook_file(request: SonaeRequest, found: Response) -> HttpResponse:
    """The file to fill in."""
    if pace.is_too_fast(f"link-saved:{found.pk}", most=MOST_SAVED, now=request.now):
        return _closed(request, Refused(LinkRefusal.TOO_OFTEN), status=429)
    return answering.hand_out_workbook(request, found)


@require_POST
@by_link
def clear(request: SonaeRequest, found: Response) -> HttpResponse:
    """Takes away the answers to questions that are not asked any more."""
    return answering.clear_answers(request, found, door=LINK)


@require_POST
@by_link
def submit(request: SonaeRequest, found: Response) -> HttpResponse:
    """Hands the form in, with the name and the position of whoever does so."""
    form = SignForm(request.POST)
    if not form.is_valid():
        return _overview(request, found, form=form)
    services.submit_as_vendor(
        found.pk, name=form.cleaned_data["name"], position=form.cleaned_data["position"],
        seen=revision_seen(request), by=request.viewer, now=request.now,
    )  # fmt: skip
    messages.success(request, _("The response is submitted. Thank you."))
    return redirect("answering:response", found.pk)


def _saved(
    request: SonaeRequest, found: Response, hand_out: Callable[[SonaeRequest, Response], HttpResponse]
) -> HttpResponse:
    if pace.is_too_fast(f"link-saved:{found.pk}", most=MOST_SAVED, now=request.now):
        return _closed(request, Refused(LinkRefusal.TOO_OFTEN), status=429)
    return papers.kept(request, found, hand_out, door=LINK)


def _overview(request: SonaeRequest, found: Response, *, form: SignForm | None = None) -> HttpResponse:
    findings = queries.findings_of(found, now=request.now)
    state, link = ResponseState(found.state), queries.link_of_session(found.pk, request.COOKIES.get(COOKIE, ""))
    assert link is not None, "by_link has let them in by it"
    returned = found.turns.filter(state=ResponseState.RETURNED).order_by("-pk").first()
    page = pages.head(found, door=LINK) | {
        "is_open": rules.may_answer(state).ok,
        "parts": pages.parts(found, findings, door=LINK),
        "open_points": pages.open_points(found, findings, door=LINK),
        "not_asked": pages.has_unasked(findings),
        **pages.doubts(found, viewer=request.viewer, now=request.now, door=LINK),
        "may_submit": rules.may_submit(state, open_findings=len(findings.found)),
        "why_returned": returned.reason if returned and state is ResponseState.RETURNED else "",
        "expires_at": link.expires_at,
        "form": form or SignForm(initial={"name": link.name}),
    }
    return render(request, "instruments/vendor_response.html", page, status=422 if form else 200)


def _asked(link: AnswerLink) -> dict[str, Any]:
    return {
        "link": link,
        "title": title_of(link.response.edition),
        "vendor": link.response.vendor,
        "institution": link.response.institution,
    }


def _closed(request: SonaeRequest, why: Refused, *, status: int = 200) -> HttpResponse:
    return render(request, "instruments/link_closed.html", {"why": words.of(why)}, status=status)
