from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.kernel.ids import new_id
from sonae.prevention.surveys.results import kept
from sonae.prevention.surveys.results.vocabulary import (
    Column,
    Cube,
    Difference,
    Margins,
    RecountState,
    ResultState,
    Stratum,
)


class ResultEditionQuerySet(models.QuerySet["ResultEdition"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """All of them for whoever conducts surveys; for everybody else, signed in or not, those that are published."""
        if access.may(viewer, Permission.SURVEY_CONDUCT, at=NATIONWIDE).ok:
            return self
        return self.published()

    def published(self) -> Self:
        return self.filter(state=ResultState.PUBLISHED)

    def out_before(self, edition: "ResultEdition") -> Self:
        """The editions of the same survey that are out and came before this one, in their order."""
        earlier = self.published().filter(campaign=edition.campaign_id, number__lt=edition.number)
        return earlier.order_by("number")

    def counted(self) -> Self:
        """Those that have figures."""
        return self.filter(state__in=[ResultState.COUNTED, ResultState.PUBLISHED])


class ResultEdition(models.Model):
    """The figures of a campaign as of a moment. Once they are counted nothing of them changes.

    `as_of` says which answers count: what the ministry had at that moment. `input_digest` is of everything that was
    read, `figures_digest` of everything that came of it: counting again must lead to both.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    campaign = models.ForeignKey("surveys.Campaign", on_delete=models.PROTECT, db_index=False, related_name="results")
    stage = models.CharField(max_length=12)  # ResultStage
    number = models.PositiveSmallIntegerField()  # of its campaign, the first is 1
    as_of = models.DateTimeField()
    # Figures below it are kept back from everybody but the ministry.
    threshold = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, default=ResultState.COUNTING)  # ResultState
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    read_count = models.PositiveIntegerField(default=0)  # asked institutions looked at so far
    # How much of the second gate was asked after that, in per cent.
    checked_percent = models.PositiveSmallIntegerField(default=0)
    # The versions of the form that were answered, by their numbers, the newest first.
    answered_under: models.JSONField[list[int], list[int]] = models.JSONField(default=list)
    job = models.CharField(max_length=64, blank=True)  # which counts it; core.web.given_up
    counted_at = models.DateTimeField(null=True, blank=True)
    asked_count = models.PositiveIntegerField(default=0)
    submitted_count = models.PositiveIntegerField(default=0)
    strata = models.TextField(blank=True)  # kept.strata_written
    input_digest = models.CharField(max_length=64, blank=True)
    figures_digest = models.CharField(max_length=64, blank=True)
    # Of everything that a reader would have, when nothing could be worked out from it; empty where that is not sure.
    cleared_digest = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects: ClassVar[ResultEditionQuerySet] = ResultEditionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        app_label = "surveys"
        ordering: ClassVar = ["campaign", "-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign", "number"], name="result_has_each_number_once"),
            models.UniqueConstraint(
                fields=["campaign"], name="result_is_counted_alone", condition=Q(state=ResultState.COUNTING)
            ),
            at_and_by("result_cancelled_at_and_by", "cancelled"),
            at_and_by("result_published_at_and_by", "published"),
            models.CheckConstraint(
                name="result_state_tells_its_moments",
                condition=Q(state=ResultState.COUNTING, cancelled_at=None, counted_at=None, published_at=None)
                | Q(state=ResultState.CANCELLED, cancelled_at__isnull=False, counted_at=None, published_at=None)
                | Q(state=ResultState.COUNTED, cancelled_at=None, counted_at__isnull=False, published_at=None)
                | Q(
                    state=ResultState.PUBLISHED,
                    cancelled_at=None,
                    counted_at__isnull=False,
                    published_at__isnull=False,
                ),
            ),
            models.CheckConstraint(name="result_counts_the_past", condition=Q(as_of__lte=F("begun_at"))),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} {self.number}"

    def counted_strata(self) -> tuple[tuple[Stratum, int, int], ...]:
        """Every stratum with how many were asked in it and how many handed in; empty before it is counted."""
        return kept.strata_read(self.strata) if self.strata else ()


class QuestionResultQuerySet(models.QuerySet["QuestionResult"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """The figures of the editions this viewer sees; those kept back from others stay in the database."""
        return self.filter(edition__in=ResultEdition.objects.visible_to(viewer)).defer("counts", "figures")

    def as_shown(self) -> Self:
        """With what everybody may see, and nothing else."""
        return self.defer("counts", "figures")

    def as_counted(self) -> Self:
        """With the figures of all breakdowns as they were counted, without the cubes that they were added up from."""
        return self.defer("counts", "shown")

    def as_cubes(self) -> Self:
        """With the figures of all strata, and nothing that was added up from them."""
        return self.defer("figures", "shown")


class QuestionResult(models.Model):
    """One question of an edition: its cube, and what is read a thousand times for each time that somebody needs that.

    `figures` are the cube added up for everybody and by each breakdown; `shown` the same with what is kept back.
    """

    id = models.BigAutoField(primary_key=True)
    edition = models.ForeignKey(ResultEdition, on_delete=models.PROTECT, db_index=False, related_name="questions")
    position = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=200)
    shape = models.CharField(max_length=4)  # Shape
    options: models.JSONField[list[str], list[str]] = models.JSONField(default=list)
    counts = models.TextField()  # kept.counts_written, in the order of the strata of the edition
    figures = models.TextField()  # kept.margins_written
    shown = models.TextField()  # kept.margins_written

    objects: ClassVar[QuestionResultQuerySet] = QuestionResultQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        app_label = "surveys"
        ordering: ClassVar = ["edition", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["edition", "position"], name="result_has_each_place_once"),
            models.UniqueConstraint(fields=["edition", "question"], name="result_has_each_question_once"),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.question}"

    @property
    def column(self) -> Column:
        return kept.column_of(self.question, self.shape, self.options)

    def cube(self) -> Cube:
        return kept.cube_read(self.column, self.counts)

    def as_figures(self) -> Margins:
        return kept.margins_read(self.column, self.figures)

    def as_shown(self) -> Margins:
        return kept.margins_read(self.column, self.shown)


class RecountQuerySet(models.QuerySet["Recount"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """All of them for whoever conducts surveys, none for anybody else: they hold figures that are kept back."""
        return self if access.may(viewer, Permission.SURVEY_CONDUCT, at=NATIONWIDE).ok else self.none()


class Recount(models.Model):
    """An edition counted again as of its moment, and what came to another figure. Nothing of the edition changes."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    edition = models.ForeignKey(ResultEdition, on_delete=models.PROTECT, related_name="recounts")
    state = models.CharField(max_length=10, default=RecountState.COUNTING)  # RecountState
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, db_index=False, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        "accounts.Account", on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )
    read_count = models.PositiveIntegerField(default=0)  # asked institutions looked at so far
    counted_at = models.DateTimeField(null=True, blank=True)
    reads_the_same = models.BooleanField(null=True)
    comes_to_the_same = models.BooleanField(null=True)
    # Whether the figures that are kept still lead to the digest that was taken of them.
    kept_is_whole = models.BooleanField(null=True)
    difference_count = models.PositiveIntegerField(default=0)
    differences = models.TextField(blank=True)  # kept.differences_written: the first of them

    objects: ClassVar[RecountQuerySet] = RecountQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        app_label = "surveys"
        ordering: ClassVar = ["-begun_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["edition"], name="recount_is_counted_alone", condition=Q(state=RecountState.COUNTING)
            ),
            at_and_by("recount_cancelled_at_and_by", "cancelled"),
            models.CheckConstraint(
                name="recount_state_tells_its_moments",
                condition=Q(state=RecountState.COUNTING, cancelled_at=None, counted_at=None)
                | Q(state=RecountState.CANCELLED, cancelled_at__isnull=False, counted_at=None)
                | Q(state=RecountState.COUNTED, cancelled_at=None, counted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.begun_at}"

    def found(self) -> tuple[Difference, ...]:
        """What differs, as far as it was kept; empty before it is counted."""
        return kept.differences_read(self.differences) if self.differences else ()
