"""What an institution answers once each fiscal year, as a duty: asked of those who have somebody to answer, ended by
handing it in, owed again where it is given back. A room declares which institutions, which responses and until when."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from sonae.core.access.models import Grant
from sonae.core.accounts.vocabulary import Role
from sonae.core.duties import services as duties
from sonae.core.duties.models import Duty
from sonae.core.institutions.models import Institution
from sonae.core.instruments.models import Response
from sonae.core.instruments.vocabulary import ResponseMoved, ResponseReturned, ResponseState, ResponseSubmitted
from sonae.kernel import calendar

AT_ONCE = 500
# One task asks at most this many times `AT_ONCE`; the next one goes on.
BATCHES = 20
# Where a response is given back near or after its due moment, there is time to put it right.
MENDED_WITHIN = timedelta(days=14)
DONE = (ResponseState.SUBMITTED, ResponseState.ACCEPTED)


@dataclass(frozen=True, slots=True)
class YearlyDuty:
    """The duty of a rule, about a subject whose id is the fiscal year."""

    rule: str
    subject: str
    # Of a fiscal year: the institutions that are meant, and the responses that have been handed in for it.
    meant: Callable[[int], QuerySet[Institution]]
    done: Callable[[int], QuerySet[Response]]
    due_at: Callable[[int], datetime]
    # The fiscal year for which a response counts; None for one that has nothing to do with this duty.
    year_of: Callable[[ResponseMoved], int | None]
    # Whether it is asked for on a day.
    is_asked_for: Callable[[date], bool] = lambda _today: True

    def is_anyone_to_ask(self, *, now: datetime) -> bool:
        """Whether it is asked for now, and an institution was not asked yet for this fiscal year."""
        today = calendar.jst_day(now)
        return self.is_asked_for(today) and self._to_ask(calendar.fiscal_year(today), now=now).exists()

    @transaction.atomic
    def ask_some(self, *, now: datetime) -> int:
        """Asks institutions that were not asked yet for this fiscal year and have not handed it in. At most `AT_ONCE`;
        returns how many, 0 when all have been asked or it is not asked for now."""
        today = calendar.jst_day(now)
        if not self.is_asked_for(today):
            return 0
        year = calendar.fiscal_year(today)
        found = list(self._to_ask(year, now=now).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        return duties.impose_many(
            self.rule, institution_ids=found, subject=self.subject, subject_id=year, known_at=now, now=now,
            due_at=self.due_at(year), facts={"year": year},
        )  # fmt: skip

    def ask_all(self, clock: Callable[[], datetime]) -> int:
        """Asks until nobody is left, or for as long as one task may; returns how many."""
        asked = 0
        for _ in range(BATCHES):
            count = self.ask_some(now=clock())
            asked += count
            if not count:
                break
        return asked

    def take_submission(self, event: ResponseSubmitted) -> bool:
        """It was handed in: the duty of its fiscal year ends. Subscribed to ResponseSubmitted."""
        year = self.year_of(event)
        if year is None:
            return False
        duties.settle(
            self.rule, subject=self.subject, subject_id=year, institution_id=event.institution_id,
            by=event.handed_in_by, now=event.now,
        )  # fmt: skip
        return True

    def take_return(self, event: ResponseReturned) -> bool:
        """It was given back: it is owed again. Subscribed to ResponseReturned."""
        year = self.year_of(event)
        if year is None:
            return False
        duties.impose(
            self.rule, institution_id=event.institution_id, subject=self.subject, subject_id=year, known_at=event.now,
            now=event.now, due_at=max(self.due_at(year), event.now + MENDED_WITHIN), facts={"year": year},
            occasion=str(event.submission_id),
        )  # fmt: skip
        return True

    def _to_ask(self, year: int, *, now: datetime) -> QuerySet[Institution]:
        """Those that are meant, have a manager, and have neither been asked nor handed it in."""
        managed = Grant.objects.in_force(now).filter(role=Role.INSTITUTION_MANAGER, account__is_active=True)
        asked = Duty.objects.filter(rule=self.rule, subject=self.subject, subject_id=str(year))
        return (
            self.meant(year)
            .filter(pk__in=managed.order_by().values("institution_id"))
            .exclude(pk__in=asked.order_by().values("institution_id"))
            .exclude(pk__in=self.done(year).order_by().values("institution_id"))
        )
