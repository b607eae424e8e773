from dataclasses import dataclass

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.vocabulary import Population
from sonae.core.web.vocabulary import WebRefusal
from sonae.kernel.decision import Decision
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.sharing import rules, stix_objects, warning_lists
from sonae.prevention.sharing.models import Head, Indicator, StixVersion
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind

_LONGEST_CURSOR = 18  # digits: any number a database can hold


@dataclass(frozen=True, slots=True)
class Page:
    """Indicators in the order in which they changed, and where to go on."""

    indicators: tuple[Indicator, ...]
    cursor: str
    more: bool


def page_for(viewer: Viewer, *, cursor: str, limit: int) -> Page:
    """What changed behind the cursor and this viewer may read, revoked ones included; "" begins at the beginning.

    A reader who follows the cursors sees every committed change at least once, whatever is written meanwhile: numbers
    are given in the order of commits. Raises BadInput for a cursor that this installation has not given.
    """
    seen = _sequence_of(cursor)
    found = list(Indicator.objects.visible_to(viewer).filter(sequence__gt=seen).order_by("sequence")[: limit + 1])
    page = tuple(found[:limit])
    return Page(page, cursor=str(page[-1].sequence if page else seen), more=len(found) > limit)


def newest_for(viewer: Viewer) -> int:
    """The number of the last change this viewer may read; unchanged, there is nothing new for them."""
    # From the end of the index: the greatest of what a filter leaves would read every indicator instead.
    newest = Indicator.objects.visible_to(viewer).order_by("-sequence").values_list("sequence", flat=True)
    return newest.first() or 0


def objects_of(indicator: Indicator) -> list[stix_objects.StixObject]:
    """The indicator, the observable it rests on and that it does, each in its newest version as it went out."""
    released = indicator.released()
    observed = stix_objects.observable(released.kind, released.value, tlp=released.tlp)
    if observed is None:
        return [indicator.stix]
    ids = [observed["id"], stix_objects.relationship_id(indicator.pk, observed["id"])]
    versions = StixVersion.objects.filter(stix_id__in=ids, is_synthetic=indicator.is_synthetic).order_by("modified")
    newest = {version.stix_id: version.body for version in versions}
    return [indicator.stix, *(newest[stix_id] for stix_id in ids)]


def may_publish(kind: IndicatorKind, value: str, *, population: Population) -> Decision:
    """Whether a value in its normal form would be let through by the warning lists of this release."""
    return rules.may_publish(Candidate(kind, value), lists=warning_lists.shipped(), population=population)


def _sequence_of(cursor: str) -> int:
    if not cursor:
        return 0
    known = cursor.isascii() and cursor.isdigit() and len(cursor) <= _LONGEST_CURSOR
    # A cursor from the future was given before the records were restored from a backup: the reader must begin anew.
    if not known or int(cursor) > (Head.objects.values_list("last_sequence", flat=True).first() or 0):
        raise BadInput([Problem(WebRefusal.CURSOR_UNKNOWN, field="cursor", value=cursor[:200])])
    return int(cursor)
