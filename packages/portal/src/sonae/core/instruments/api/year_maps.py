"""How two editions compare, over the API."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import File
from ninja.files import UploadedFile
from pydantic import Field, StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import map_file, services
from sonae.core.instruments import map_rules as rules
from sonae.core.instruments.api.router import router
from sonae.core.instruments.comparisons import YearMap
from sonae.core.instruments.views import year_maps as views
from sonae.core.instruments.vocabulary import Basis, Comparison
from sonae.core.instruments.year_maps import Pair
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Door, Strict, as_text

_Why = Annotated[str, StringConstraints(max_length=rules.LONGEST_WHY, strip_whitespace=True)]
_QuestionId = Annotated[str, StringConstraints(max_length=200)]


class PairAnswer(Answer):
    """How a question of an edition stands to one of an earlier edition; both empty where nothing says anything."""

    became: str
    question: str
    comparison: Comparison | None
    basis: Basis | None
    is_established: bool = Field(description="Whether figures rest on it; on a proposal none does")
    is_outdated: bool = Field(description="Whether a question was changed since somebody confirmed it")
    why_ja: str
    why_en: str
    confirmed_at: datetime | None
    seen: str = Field(description="To be sent back with a correction; empty where no person said anything")


class MapAnswer(Answer):
    """Two editions, question by question."""

    earlier: str
    later: str
    is_shipped: bool = Field(description="Whether a table about these two editions comes with Sonae")
    pairs: list[PairAnswer]
    gone: list[str]


class CountAnswer(Answer):
    """How many questions were established or put right."""

    count: int


class PairBody(Strict):
    """What is established about one question; `question` is empty where the earlier edition did not ask it."""

    became: _QuestionId
    question: _QuestionId = ""
    comparison: Annotated[Comparison, as_text(Comparison)]
    why_ja: _Why = ""
    why_en: _Why = ""
    seen: Annotated[str, StringConstraints(max_length=40)] = Field(
        "", description="What the map told as `seen`: somebody else's word is not overwritten unseen"
    )


@router.get(
    "/instruments/{uuid:edition_id}/since/{uuid:earlier_id}", auth=Door(Permission.REGISTER_READ), response=MapAnswer
)
def read_map(request: SonaeRequest, edition_id: UUID, earlier_id: UUID) -> dict[str, object]:
    """How every question of an edition stands to an earlier one: established, or only proposed."""
    return _told(views.fetched(request.viewer, edition_id, earlier_id))


@router.post(
    "/instruments/{uuid:edition_id}/since/{uuid:earlier_id}",
    auth=Door(Permission.INSTRUMENT_PUBLISH),
    response=MapAnswer,
)
def establish_pair(request: SonaeRequest, edition_id: UUID, earlier_id: UUID, body: PairBody) -> dict[str, object]:
    """Establishes how one question compares, or puts it right."""
    found = views.fetched(request.viewer, edition_id, earlier_id)
    services.confirm_pair(
        found.earlier, found.later, services.Said(**body.model_dump()), by=request.viewer, now=request.now
    )
    return _told(views.fetched(request.viewer, edition_id, earlier_id))


@router.get("/instruments/{uuid:edition_id}/since/{uuid:earlier_id}/table", auth=Door(Permission.REGISTER_READ))
def download_map(request: SonaeRequest, edition_id: UUID, earlier_id: UUID) -> HttpResponse:
    """The same as a table to fill in (CSV)."""
    return views.hand_out(views.fetched(request.viewer, edition_id, earlier_id))


@router.post(
    "/instruments/{uuid:edition_id}/since/{uuid:earlier_id}/table",
    auth=Door(Permission.INSTRUMENT_PUBLISH),
    response=CountAnswer,
)
def take_map(
    request: SonaeRequest, edition_id: UUID, earlier_id: UUID, file: File[UploadedFile]
) -> dict[str, object]:  # fmt: skip
    """Takes the table back: everything that it establishes, or nothing and every problem with its line."""
    found = views.fetched(request.viewer, edition_id, earlier_id)
    # One byte too many is refused where the table is read.
    content = file.read(map_file.MOST_BYTES + 1)
    count = services.take_map(
        found.earlier, found.later, content, file_name=file.name or "", by=request.viewer, now=request.now
    )
    return {"count": count}


@router.post(
    "/instruments/{uuid:edition_id}/since/{uuid:earlier_id}/same",
    auth=Door(Permission.INSTRUMENT_PUBLISH),
    response=CountAnswer,
)
def confirm_same(request: SonaeRequest, edition_id: UUID, earlier_id: UUID) -> dict[str, object]:
    """Confirms every question that stayed word for word and that nobody said anything about yet."""
    found = views.fetched(request.viewer, edition_id, earlier_id)
    return {"count": services.confirm_same(found.earlier, found.later, by=request.viewer, now=request.now)}


def _told(found: YearMap) -> dict[str, object]:
    return {
        "earlier": found.earlier.edition,
        "later": found.later.edition,
        "is_shipped": found.is_shipped,
        "pairs": [_pair(id_, found.pairs.get(id_)) for id_ in found.after],
        "gone": [one.id for one in found.gone],
    }


def _pair(became: str, pair: Pair | None) -> dict[str, object]:
    if pair is None:
        told: dict[str, object] = dict.fromkeys(("question", "why_ja", "why_en", "seen"), "")
        return told | {
            "became": became, "comparison": None, "basis": None, "is_established": False,
            "is_outdated": False, "confirmed_at": None,
        }  # fmt: skip
    return {
        "became": became, "question": pair.question, "comparison": pair.comparison, "basis": pair.basis,
        "is_established": pair.is_established, "is_outdated": pair.is_outdated, "why_ja": pair.why.ja,
        "why_en": pair.why.en, "confirmed_at": pair.confirmed_at, "seen": pair.seen,
    }  # fmt: skip
