"""Reads of instruments: an edition made ready, what a response still lacks, and what it looked like when handed in."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments import checks, files
from sonae.core.instruments.checks import Findings
from sonae.core.instruments.definition import Instrument
from sonae.core.instruments.models import Edition, Response, Submission
from sonae.core.instruments.plan import Plan, prepare
from sonae.core.instruments.vocabulary import FileForm

# A plan of a large form holds a few megabytes; a ministry runs a handful of instruments at a time.
_PLANS_KEPT = 32


def plan_of(edition: Edition) -> Plan:
    """The edition made ready for answers; made once for each content in each process."""
    return _plan(edition.digest, bytes(edition.content), FileForm(edition.form), edition.file_name)


@lru_cache(maxsize=_PLANS_KEPT)
def _plan(_digest: str, content: bytes, form: FileForm, file_name: str) -> Plan:
    instrument = files.read(content, form=form, file_name=file_name)
    assert isinstance(instrument, Instrument), "only files without a fault become editions"
    plan = prepare(instrument)
    assert isinstance(plan, Plan), "only instruments without a flaw become editions"
    return plan


def findings_of(response: Response, *, now: datetime) -> Findings:
    """What every rule of the instrument says about the answers as they stand."""
    return checks.check(plan_of(response.edition), response.answers, now=now)


def answers_for(response: Response, viewer: Viewer) -> Mapping[str, object]:
    """The answers that this viewer may read: whoever answers, as they stand; everybody else, as they were handed in.

    Nothing for whoever may not know of the response.
    """
    if answers_here(response, viewer):
        return response.answers
    submission = Submission.objects.visible_to(viewer).filter(response=response).first()
    return {} if submission is None else submission.answers


def handed_in(response: Response) -> Submission | None:
    """What was handed in last; nothing before the first time."""
    return response.submissions.order_by("-number").first()


def answers_here(response: Response, viewer: Viewer) -> bool:
    """Whether this viewer is of those who answer: a person of the institution, or the colleague it was handed to."""
    if access.may(viewer, Permission.RESPONSE_ANSWER, at=place_of(response)).ok:
        return True
    # Handed over in person: not to a token of theirs, and only while they have a role at the institution.
    is_here = viewer.scopes is None and response.institution_id in viewer.institution_ids
    return is_here and response.handed_to_id is not None and response.handed_to_id == viewer.account_id


def takes_answers(plan: Plan) -> frozenset[str]:
    """The ids that an answer of a response may stand under: questions, tables, and sections that repeat.

    What stands inside a table or a repeat is answered in the rows of the outermost one.
    """
    return frozenset(step.element.id for step in plan.asked if not step.element.repeats)


def place_of(response: Response) -> Place:
    """Where the response is given: its institution, with the jurisdiction that inspects it."""
    return Place(institution_id=response.institution_id, jurisdiction_id=response.institution.jurisdiction_id)
