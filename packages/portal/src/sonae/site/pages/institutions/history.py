"""What was so of an institution before, in words."""

import datetime as dt
from dataclasses import dataclass

from sonae.core.institutions.models import Institution, InstitutionChange, Jurisdiction
from sonae.core.institutions.vocabulary import BedSource, ChangedField, InstitutionKind, InstitutionStatus, Prefecture
from sonae.core.web import words
from sonae.core.web.http import SonaeRequest
from sonae.site.pages.institutions.tables import jurisdiction_name

_MEMBERS = {
    ChangedField.KIND: InstitutionKind,
    ChangedField.PREFECTURE: Prefecture,
    ChangedField.STATUS: InstitutionStatus,
}


@dataclass(frozen=True, slots=True)
class ShownChange:
    """One line of the history, and who says so."""

    as_of: dt.date
    field: ChangedField
    before: str
    after: str
    source: BedSource


def shown_changes(request: SonaeRequest, institution: Institution) -> list[ShownChange]:
    """The changes of an institution, the newest first: two queries."""
    changes = list(InstitutionChange.objects.visible_to(request.viewer).filter(institution=institution))
    codes = {text for one in changes if one.field == ChangedField.JURISDICTION for text in (one.before, one.after)}
    bodies = {body.code: str(jurisdiction_name(body)) for body in Jurisdiction.objects.filter(code__in=codes)}

    def shown(field: ChangedField, text: str) -> str:
        if field in _MEMBERS and text:
            return words.of(_MEMBERS[field](text))
        return bodies.get(text, text) if field is ChangedField.JURISDICTION else text

    return [
        ShownChange(
            one.as_of,
            field := ChangedField(one.field),
            shown(field, one.before),
            shown(field, one.after),
            BedSource.REGISTER_FILE if one.import_run_id else BedSource.BY_HAND,
        )
        for one in changes
    ]
