"""Results for tests and benchmarks of any room."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.models import Institution
from sonae.core.instruments.models import Response, Submission, Turn
from sonae.core.instruments.vocabulary import ResponseState
from sonae.prevention.surveys.models import AskedInstitution, Campaign
from sonae.prevention.surveys.results import services
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.vocabulary import ResultStage


def an_edition_of(
    campaign: Campaign, *, by: Viewer, now: dt.datetime, stage: ResultStage = ResultStage.PRELIMINARY
) -> ResultEdition:
    """The result of a campaign as of a minute before now, counted."""
    as_of = now - dt.timedelta(minutes=2)
    edition = services.begin_edition(campaign.pk, stage=stage, as_of=as_of, by=by, now=now)
    services.carry_out(edition.pk, now=now)
    edition.refresh_from_db()
    return edition


def a_response_of(
    campaign: Campaign,
    institution: Institution,
    gate: str,
    *,
    now: dt.datetime,
    answers: Mapping[str, object] | None = None,
    edition_id: UUID | None = None,
) -> Response | None:
    """What an institution handed in, written straight into the tables; None where the campaign does not ask it.

    Its answers are those of the small checklist to this gate, unless they are given; `edition_id` is the version of the
    form that it answered, the first where not given.

    Many of them walk no verbs: those need a person of each institution.
    """
    asked = AskedInstitution.objects.filter(campaign=campaign, institution=institution).first()
    if asked is None:
        return None
    said = {"gate": gate, **({"beds": 120} if gate == "yes" else {})} if answers is None else dict(answers)
    by = campaign.drafted_by_id
    response = Response.objects.create(
        institution=institution, occasion=campaign.occasion, edition_id=edition_id or campaign.edition_id, answers=said,
        state=ResponseState.SUBMITTED, opened_at=now, changed_at=now, submitted_at=now, submitted_by_id=by,
    )  # fmt: skip
    submission = Submission.objects.create(
        response=response, number=1, revision=0, answers=said, calculated=[], at=now, by_id=by
    )
    Turn.objects.create(
        response=response, state=ResponseState.SUBMITTED, at=now, by_id=by, revision=0, submission=submission
    )
    AskedInstitution.objects.filter(pk=asked.pk).update(response=response)
    return response
