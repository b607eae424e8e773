"""What the home page shows, read once per request and only what the viewer's roles allow."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.bulletins import queries as bulletins
from sonae.core.bulletins import rules as bulletin_rules
from sonae.core.bulletins.models import Bulletin
from sonae.core.bulletins.vocabulary import BulletinState, Reach
from sonae.core.duties import pages as duty_pages
from sonae.core.duties import queries as duties
from sonae.core.duties.vocabulary import Summary
from sonae.core.institutions import queries as institutions
from sonae.core.notifications import queries as notifications
from sonae.core.web import charts
from sonae.core.web.components import DutyCard
from sonae.prevention.detection import queries as detection
from sonae.prevention.detection.labels import range_in_words
from sonae.prevention.detection.models import Alert
from sonae.prevention.detection.vocabulary import SectorSummary
from sonae.response.incidents import queries as incidents
from sonae.response.incidents.models import Draft, Incident
from sonae.response.incidents.queries import OpenIncidents
from sonae.site.jobs import queries as jobs
from sonae.site.jobs.vocabulary import JobState

SHOWN_DUTIES = 8
SHOWN_REPORTS = 5


@dataclass(frozen=True, slots=True)
class Own:
    """What goes on at the viewer's own institutions."""

    alerts: int | None
    incidents: OpenIncidents | None
    bulletins: int | None

    @property
    def has_figures(self) -> bool:
        """Whether the viewer's roles let them see anything of it."""
        return any(figure is not None for figure in (self.alerts, self.incidents, self.bulletins))


@dataclass(frozen=True, slots=True)
class Sector:
    """The state of the sector where the viewer may look."""

    overdue: int
    overdue_cells: dict[str, charts.Cell]
    incidents: OpenIncidents | None
    bulletin: Bulletin | None
    reach: Reach | None
    sightings: SectorSummary | None

    @property
    def has_map(self) -> bool:
        """Whether the viewer looks after several prefectures and something is overdue: a map of zeros says nothing."""
        return len(self.overdue_cells) > 1 and any(cell.value for cell in self.overdue_cells.values())

    @property
    def is_nothing_overdue(self) -> bool:
        """Whether one sentence says what a map of zeros would."""
        return len(self.overdue_cells) > 1 and not self.has_map

    @property
    def reach_moves(self) -> bool:
        """Whether the figures of the newest bulletin can change while somebody looks at them."""
        if self.bulletin is None or self.reach is None:
            return False
        return bulletin_rules.may_still_move(BulletinState(self.bulletin.state), self.reach)

    @property
    def sighted_by(self) -> str:
        """The number of institutions with sightings, told as a range."""
        return range_in_words(self.sightings.institutions) if self.sightings else ""


@dataclass(frozen=True, slots=True)
class Machine:
    """The state of the installation itself."""

    jobs_waiting: int
    jobs_failed: int
    workers: int
    # None: not for this viewer to see.
    dead_messages: int | None


@dataclass(frozen=True, slots=True)
class Home:
    summary: Summary
    cards: list[DutyCard]
    own: Own | None
    sector: Sector | None
    machine: Machine | None
    draft: Draft | None
    reports: Sequence[Incident]


def home_of(viewer: Viewer, *, now: datetime) -> Home:
    """Everything on the viewer's home page."""
    return Home(
        summary=duties.summary(viewer, now=now),
        cards=duty_pages.cards(duties.open_for(viewer, now=now)[:SHOWN_DUTIES], now=now),
        own=_own(viewer, now=now) if viewer.institution_ids else None,
        sector=_sector(viewer, now=now) if access.may(viewer, Permission.SECTOR_SEE).ok else None,
        machine=_machine(viewer, now=now) if access.may(viewer, Permission.JOB_READ).ok else None,
        draft=incidents.draft_of(viewer) if access.may(viewer, Permission.INCIDENT_REPORT).ok else None,
        reports=_own_reports(viewer),
    )


def _own_reports(viewer: Viewer) -> Sequence[Incident]:
    """What somebody reported who may not read incidents: without this they would never find their receipt again."""
    may_report = access.may(viewer, Permission.INCIDENT_REPORT).ok
    if not may_report or access.may(viewer, Permission.INCIDENT_READ).ok:
        return ()
    return incidents.own_reports(viewer, most=SHOWN_REPORTS)


def _own(viewer: Viewer, *, now: datetime) -> Own:
    may_see = {
        permission: access.may(viewer, permission).ok
        for permission in (Permission.SIGHTING_READ, Permission.INCIDENT_READ, Permission.BULLETIN_ACKNOWLEDGE)
    }
    return Own(
        alerts=Alert.objects.visible_to(viewer).open().count() if may_see[Permission.SIGHTING_READ] else None,
        incidents=incidents.ongoing_for(viewer, now=now) if may_see[Permission.INCIDENT_READ] else None,
        bulletins=bulletins.awaiting(viewer).count() if may_see[Permission.BULLETIN_ACKNOWLEDGE] else None,
    )


def _sector(viewer: Viewer, *, now: datetime) -> Sector:
    overdue = duties.overdue_by_prefecture(viewer, now=now)
    newest = bulletins.last_issued(viewer) if access.may(viewer, Permission.BULLETIN_REACH).ok else None
    may_count = access.may(viewer, Permission.SIGHTING_COUNT).ok
    return Sector(
        overdue=sum(overdue.values()),
        overdue_cells={
            code: charts.Cell(overdue.get(code, 0), href=_overview_of(viewer)) for code in _prefectures_of(viewer)
        },
        incidents=incidents.ongoing_for(viewer, now=now) if access.may(viewer, Permission.INCIDENT_READ).ok else None,
        bulletin=newest,
        reach=bulletins.reach_of(newest.pk, viewer=viewer, now=now) if newest else None,
        sightings=detection.sector_summary(viewer, k=settings.DISCLOSURE_K, now=now) if may_count else None,
    )


def _prefectures_of(viewer: Viewer) -> list[str]:
    """The prefectures the viewer looks after; nothing late there is a figure too."""
    return [prefecture.value for prefecture in institutions.prefectures_overseen(viewer)]


def _overview_of(viewer: Viewer) -> str:
    supervises = viewer.roles & {Role.MINISTRY_OFFICER, Role.INSPECTOR, Role.PREFECTURE_OFFICER}
    return reverse("duties:overview") if supervises else ""


def _machine(viewer: Viewer, *, now: datetime) -> Machine:
    counts = jobs.counts()
    return Machine(
        jobs_waiting=counts[JobState.READY],
        jobs_failed=counts[JobState.FAILED],
        workers=jobs.count_living(now=now),
        dead_messages=notifications.count_dead() if access.may(viewer, Permission.MESSAGE_READ).ok else None,
    )
