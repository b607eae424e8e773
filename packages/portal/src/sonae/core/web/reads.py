"""The log of looks: what people outside of an institution read of its confidential records.

Whoever works at the institution reads its records without a line; of everybody else it is written down who looked at
what, when. A list, a page of one or a file made from it is one line, with how many rows it gave and of which filter.
"""

from collections.abc import Callable, Mapping

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.audit import services as audit
from sonae.core.web.http import SonaeRequest
from sonae.core.web.listing import Shown


def record_one(
    verb: str, *, request: SonaeRequest, permission: Permission, subject: str, subject_id: object, institution_id: int
) -> None:
    """Writes down the look at one record of an institution by somebody from outside of it."""
    if institution_id not in access.reach(request.viewer, permission).institution_ids:
        audit.record_read(
            verb,
            subject=subject,
            subject_id=subject_id,
            by=request.viewer.account_id,
            now=request.now,
            institution_id=institution_id,
        )


def record_list(
    verb: str,
    *,
    request: SonaeRequest,
    permission: Permission,
    subject: str,
    rows: int,
    conditions: Mapping[str, object] | None = None,
    made: str = "",
) -> None:
    """Writes down the look at a list by somebody who reads beyond the institutions they work at."""
    reach = access.reach(request.viewer, permission)
    if reach.nation or reach.jurisdiction_ids:
        said = {name: value for name, value in (conditions or {}).items() if value not in (None, "")}
        audit.record_read(
            verb,
            subject=subject,
            subject_id="",
            by=request.viewer.account_id,
            now=request.now,
            facts={"rows": rows, **({"filter": said} if said else {}), **({"file": made} if made else {})},
        )


def of_list(verb: str, *, request: SonaeRequest, permission: Permission, subject: str) -> Callable[[Shown], None]:
    """What `listing.respond` calls with each page or file that it hands out."""

    def note(shown: Shown) -> None:
        record_list(
            verb,
            request=request,
            permission=permission,
            subject=subject,
            rows=shown.rows,
            conditions=shown.conditions,
            made=shown.file,
        )

    return note
