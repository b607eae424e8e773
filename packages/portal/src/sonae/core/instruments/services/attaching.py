"""Attaching a file to a question that asks for one, and taking it away again."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.documents import services as documents
from sonae.core.documents.vocabulary import Sensitivity
from sonae.core.instruments import queries
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.models import Response
from sonae.core.instruments.services.answering import Kept, save_answers
from sonae.core.instruments.vocabulary import FilePurpose
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone


def attach(
    response_id: UUID, question: str, pieces: Iterable[bytes], *, name: str, seen: int, by: Viewer, now: datetime
) -> Kept:
    """Keeps a file as the answer to a question; raises BadInput for a file that is not taken.

    Until the response is submitted with it the file is read by the institution alone.

    `pieces` are its bytes in order (`upload.chunks()`), `seen` the revision of the response that whoever attaches last
    saw. A file that was attached before stays among the documents of the institution. Nothing is taken in before it is
    clear that the question may be answered; whom a colleague overtakes in between finds their own file among the
    documents, and that of the colleague in the answer (CHANGED_MEANWHILE).
    """
    response = _to_attach(response_id, question, by=by)
    decision = rules.may_replace(response.mark(question), seen=min(seen, response.revision))
    if isinstance(decision, Refused):
        return Kept(response, refused={question: decision})
    document = documents.store(
        pieces, name=name, purpose=FilePurpose.ANSWER, sensitivity=Sensitivity.INSTITUTION_ONLY,
        institution_id=response.institution_id, by=by, now=now,
    )  # fmt: skip
    answer = {"document": str(document.pk), "name": document.name}
    return save_answers(response_id, {question: answer}, seen=seen, by=by, now=now)


def detach(response_id: UUID, question: str, *, seen: int, by: Viewer, now: datetime) -> Kept:
    """Takes a file out of the answer; it stays among the documents of the institution."""
    _to_attach(response_id, question, by=by)
    return save_answers(response_id, {question: None}, seen=seen, by=by, now=now)


def _to_attach(response_id: UUID, question: str, *, by: Viewer) -> Response:
    rows = Response.objects.visible_to(by).select_related("edition", "institution")
    response = rows.filter(pk=response_id).first()
    if response is None:
        raise Gone("response", response_id)
    require(queries.may_attach(response, question, by))
    return response
