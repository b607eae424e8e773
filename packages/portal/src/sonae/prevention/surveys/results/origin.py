"""Where the figures of an edition come from: what each of its files and pages says of them."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from sonae.core.institutions import queries as register
from sonae.core.web import words
from sonae.prevention.surveys.models import Campaign
from sonae.prevention.surveys.results.models import ResultEdition


@dataclass(frozen=True, slots=True)
class Origin:
    """How many were asked and had handed in, by which register, and when that was counted."""

    asked: int
    handed_in: int
    reference_on: date
    # The day of the published list that the register came from; None where it came from none.
    list_on: date | None
    counted_at: datetime | None

    @property
    def rate_per_cent(self) -> float | None:
        """The response rate in per cent, to one decimal; None where nobody was asked."""
        return round(100 * self.handed_in / self.asked, 1) if self.asked else None

    def facts(self) -> list[tuple[str, object]]:
        """The same as a person reads it."""
        return [
            *answered_facts(self.asked, self.handed_in),
            (_("Reference date of the register"), self.reference_on),
            (_("Published list behind the register"), list_words(self.list_on)),
            (_("Counted"), self.counted_at),
        ]


def origin_of(edition: ResultEdition) -> Origin:
    """Where the figures of an edition come from."""
    campaign = edition.campaign
    return Origin(
        edition.asked_count, edition.submitted_count, campaign.reference_on, list_day_of(campaign), edition.counted_at
    )


def list_day_of(campaign: Campaign) -> date | None:
    """The day of the published list from which a campaign took whom it asks; that was settled when it was opened."""
    read_by = campaign.opened_at or campaign.drafted_at
    return register.list_day(campaign.reference_on, read_by=read_by)


def list_words(day: date | None) -> str:
    """The day of a published list, or that there is none."""
    return _("as of %(day)s") % {"day": words.jdate(day)} if day else _("None: entered by hand, or made up")


def answered_facts(asked: int, handed_in: int) -> list[tuple[str, object]]:
    """How many institutions were asked, how many had handed in, and which share that is."""
    rate = f"{words.share(handed_in, asked)}%" if asked else "–"
    return [
        (_("Institutions asked"), words.number(asked)),
        (_("Institutions that handed in"), words.number(handed_in)),
        (_("Response rate"), rate),
    ]
