"""The addresses that a tablet talks to: JSON in and out, behind the gate, with the token of the form in a header."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from sonae.core.access.vocabulary import Permission
from sonae.core.web import problems, reads
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import BadInput, Problem, SonaeError
from sonae.prevention.inspections.visits import bodies, pack, queries, services
from sonae.prevention.inspections.visits.models import Visit
from sonae.prevention.inspections.visits.vocabulary import Side, Take, VisitRefusal

type JsonView = Callable[..., HttpResponse]


def speaks_json(view: JsonView) -> JsonView:
    """Answers errors as problem details, whatever the page would show; never cached."""

    @wraps(view)
    def answering(request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except SonaeError as error:
            return problems.details(request, error)

    return never_cache(answering)


@needs(Permission.INSPECTION_CONDUCT)
@require_GET
@speaks_json
def pack_of(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """Everything that a tablet needs without network."""
    visit = _visit(request, visit_id)
    sheet = queries.sheet(visit, viewer=request.viewer, now=request.now)
    if sheet is None:
        require(Refused(VisitRefusal.NO_FORM))
    assert sheet is not None, "refused above"
    reads.record_one(
        "visit.read", request=request, permission=Permission.INSPECTION_READ, subject="visit", subject_id=visit.pk,
        institution_id=visit.institution_id,
    )  # fmt: skip
    return _json(pack.packed(sheet, now=request.now))


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
@speaks_json
def records(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """A batch of entries; it may be sent again, whole or in part."""
    _visit(request, visit_id)
    given = bodies.batch(_raw(request))
    found = services.note_entries(visit_id, given.entries, device=given.device, by=request.viewer, now=request.now)
    return _json(pack.answered(found, refused=given.refused))


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
@speaks_json
def conflict(request: SignedInRequest, visit_id: UUID, entry_id: UUID) -> HttpResponse:
    """Chooses a side of a conflict."""
    _visit(request, visit_id)
    body = bodies.body_of(bodies.ChoiceBody, _raw(request))
    services.decide(
        visit_id, entry_id, take=_member(Take, body.take, place="take"), seen_revision=body.seen_revision,
        seen_conflicts=body.seen_conflicts, by=request.viewer, now=request.now,
    )  # fmt: skip
    visit = _visit(request, visit_id)
    heads = queries.heads(visit)
    return _json(
        {
            "decided": str(entry_id),
            "items": {item: pack.observed(entry) for item, entry in heads.items()},
            "revision": visit.revision,
        }
    )


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
@speaks_json
def photos(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """A picture of a row, with the id that the tablet gave it."""
    _visit(request, visit_id)
    file = request.FILES.get("file")
    if file is None:
        raise _unreadable("file")
    photo = services.add_photo(
        visit_id, _id(request.POST.get("id", "")), item=request.POST.get("item", ""), pieces=file.chunks(),
        by=request.viewer, now=request.now,
    )  # fmt: skip
    return _json({"kept": str(photo.pk)})


@needs(Permission.INSPECTION_CONDUCT)
@require_POST
@speaks_json
def signatures(request: SignedInRequest, visit_id: UUID) -> HttpResponse:
    """A signature under what the visit says at a revision."""
    _visit(request, visit_id)
    body = bodies.body_of(bodies.SignatureBody, _raw(request))
    signature = services.sign(
        visit_id, body.id, side=_member(Side, body.side, place="side"), name=body.name, strokes=body.strokes,
        signed_at=body.signed_at, seen_revision=body.seen_revision, by=request.viewer, now=request.now,
    )  # fmt: skip
    return _json({"kept": str(signature.pk), "revision": signature.revision})


def _visit(request: SignedInRequest, visit_id: UUID) -> Visit:
    rows = Visit.objects.select_related("institution", "edition", "submission")
    return visible_or_404(rows, request.viewer, pk=visit_id)


def _raw(request: SignedInRequest) -> bytes:
    """What was sent as JSON; a form of a page was read by then and is none."""
    if request.content_type != "application/json":
        raise _unreadable("Content-Type")
    return request.body


def _json(body: dict[str, Any]) -> JsonResponse:
    return JsonResponse(body, json_dumps_params={"ensure_ascii": False})


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _unreadable("id") from None


def _member[Member: (Side, Take)](kind: type[Member], text: str, *, place: str) -> Member:
    try:
        return kind(text)
    except ValueError:
        raise _unreadable(place) from None


def _unreadable(place: str) -> BadInput:
    return BadInput([Problem(VisitRefusal.BODY_UNREADABLE, facts={"place": place})])
