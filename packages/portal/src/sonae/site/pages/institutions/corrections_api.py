from datetime import date
from typing import Annotated

from ninja import Router, Status
from pydantic import StringConstraints

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions import services
from sonae.core.institutions.models import Institution, InstitutionChange
from sonae.core.institutions.vocabulary import ChangedField
from sonae.core.web.fetch import visible_or_404
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, Day, Door, Strict, row_number
from sonae.site.pages.institutions import views
from sonae.site.pages.institutions.api import InstitutionAnswer, answer_of

router = Router(tags=["institutions"])


class ChangeAnswer(Answer):
    """One thing that was so of an institution before a day. An inspecting body stands by its code."""

    as_of: date
    field: ChangedField
    before: str
    after: str


class ChangeHistory(Answer):
    items: list[ChangeAnswer]


class NameBody(Strict):
    """Another name, and since when."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    name_kana: Annotated[str, StringConstraints(max_length=300)] = ""
    on: Day


class MergerBody(Strict):
    """The other row of the register that is the same institution. It is gone afterwards."""

    absorbed_id: int


@router.get("/institutions/{int:institution_id}/changes", auth=Door(Permission.REGISTER_READ), response=ChangeHistory)
def list_changes(request: SonaeRequest, institution_id: int) -> dict[str, object]:
    """What kind, place, inspecting body, address and standing of an institution were before, the newest first."""
    institution = visible_or_404(Institution.objects, request.viewer, pk=row_number(institution_id))
    return {"items": list(InstitutionChange.objects.visible_to(request.viewer).filter(institution=institution))}


@router.post(
    "/institutions/{int:institution_id}/names",
    auth=Door(Permission.REGISTER_CHANGE),
    response={201: InstitutionAnswer},
)
def rename_institution(request: SonaeRequest, institution_id: int, body: NameBody) -> Status[InstitutionAnswer]:
    """Gives an institution another name; the one it had stays in the history."""
    institution = views.fetched(request, row_number(institution_id), Permission.REGISTER_CHANGE)
    services.rename_institution(
        institution.pk,
        name=body.name,
        name_kana=body.name_kana,
        on=body.on,
        by=request.viewer.account_id,
        now=request.now,
    )
    return Status(201, answer_of(views.fetched(request, institution.pk, Permission.REGISTER_CHANGE)))


@router.post(
    "/institutions/{int:institution_id}/merger", auth=Door(Permission.REGISTER_CHANGE), response=InstitutionAnswer
)
def merge_institution(request: SonaeRequest, institution_id: int, body: MergerBody) -> InstitutionAnswer:
    """Makes two rows of one institution into one; this row stays, the other's code becomes a former one."""
    institution = views.fetched(request, row_number(institution_id), Permission.REGISTER_CHANGE)
    absorbed = views.fetched(request, row_number(body.absorbed_id), Permission.REGISTER_CHANGE)
    services.merge_former_code(institution.pk, absorbed_id=absorbed.pk, by=request.viewer.account_id, now=request.now)
    return answer_of(views.fetched(request, institution.pk, Permission.REGISTER_CHANGE))
