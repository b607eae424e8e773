"""Indicators for the tests of every slice, made through the real verb."""

from datetime import datetime
from uuid import UUID, uuid4

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.institutions.vocabulary import Population
from sonae.core.web.vocabulary import Tlp
from sonae.prevention.sharing import services
from sonae.prevention.sharing.models import Indicator
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, SourceKind


def an_indicator(
    value: str = "45.83.64.1",
    *,
    by: Viewer,
    now: datetime,
    kind: IndicatorKind = IndicatorKind.IPV4,
    tlp: Tlp = Tlp.GREEN,
    population: Population = Population.SYNTHETIC,
    report_id: UUID | None = None,
) -> Indicator:
    """A released indicator; `by` is an analyst."""
    (indicator,) = services.publish_indicators(
        [Candidate(kind, value)], report_id=report_id or uuid4(), tlp=tlp, population=population,
        source=SourceKind.ANALYST, by=by, now=now,
    )  # fmt: skip
    return indicator
