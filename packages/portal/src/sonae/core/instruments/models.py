from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, Reach
from sonae.core.accounts.constraints import at_and_by
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments.link_rules import LinkFacts
from sonae.core.instruments.response_rules import Mark, TakenRow
from sonae.core.instruments.vocabulary import AcceptanceOutcome, Origin
from sonae.kernel.ids import new_id


class EditionQuerySet(models.QuerySet["Edition"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What is asked is no secret: everyone who may read the register reads the questions."""
        return self if access.may(viewer, Permission.REGISTER_READ).ok else self.none()

    def current(self) -> Self:
        """The newest version of every edition."""
        return self.filter(replaced_at=None)


class Edition(models.Model):
    """An instrument in one edition; its file stands in `EditionFile`. From its first response on it never changes; what
    has to be put right comes as the next version of the same edition."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    instrument = models.CharField(max_length=80)  # the id that the file gives
    edition = models.CharField(max_length=40)
    # The edition so that later ones come later: R10 after R9 (see `edition_rules.rank`).
    rank = models.CharField(max_length=80)
    version = models.PositiveSmallIntegerField(default=1)
    respondent = models.CharField(max_length=16)  # Respondent
    fiscal_year = models.PositiveSmallIntegerField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    title_ja = models.CharField(max_length=300)
    title_en = models.CharField(max_length=300)
    form = models.CharField(max_length=8)  # FileForm
    file_name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # SHA-256 of its file, hexadecimal
    published_at = models.DateTimeField()
    published_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    frozen_at = models.DateTimeField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[EditionQuerySet] = EditionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["instrument", models.F("fiscal_year").desc(nulls_last=True), "-rank", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instrument", "edition", "version"], name="edition_has_each_version_once"),
            models.UniqueConstraint(
                fields=["instrument", "edition"], name="edition_has_one_newest_version", condition=Q(replaced_at=None)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.edition} ({self.version})"


class EditionFile(models.Model):
    """The file of an edition, as it was published. A table of its own: lists of editions and of responses are read
    many times for each time that somebody needs it."""

    edition = models.OneToOneField(Edition, on_delete=models.PROTECT, primary_key=True, related_name="+")
    content = models.BinaryField()
    # The instrument as it was read then, and in which shape it is written down (see `kept_definition`).
    definition = models.TextField()
    shape = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return str(self.edition_id)


class FormDraftQuerySet(models.QuerySet["FormDraft"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What is not published yet is seen by whoever publishes."""
        return self if access.may(viewer, Permission.INSTRUMENT_PUBLISH).ok else self.none()


class FormDraft(models.Model):
    """A form that somebody took in and nobody has to answer yet. Its file stays, also with faults, until it is
    published or taken back; of one that cannot even be opened nothing is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    state = models.CharField(max_length=12)  # DraftState
    file_name = models.CharField(max_length=200)
    content = models.BinaryField()
    digest = models.CharField(max_length=64)  # SHA-256 of its file, hexadecimal
    note = models.CharField(max_length=500, blank=True)  # for colleagues: what is new, and why
    faults = models.PositiveIntegerField(default=0)
    # A sound one as it was read, and in which shape that is written down (see `kept_definition`).
    definition = models.TextField(blank=True)
    shape = models.PositiveSmallIntegerField(default=0)
    # What the file says that it is; empty where its faults do not even let that be read.
    instrument = models.CharField(max_length=80, blank=True)
    edition_name = models.CharField(max_length=40, blank=True)
    title_ja = models.CharField(max_length=300, blank=True)
    title_en = models.CharField(max_length=300, blank=True)
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+")
    # What it was compared with when it was published, as that read then (an edition may be replaced as a whole), and
    # what came of it.
    compared_with = models.ForeignKey(Edition, on_delete=models.PROTECT, null=True, related_name="+")
    compared_definition = models.TextField(blank=True)
    consequence = models.CharField(max_length=16, blank=True)  # Consequence
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    objects: ClassVar[FormDraftQuerySet] = FormDraftQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-kept_at", "-id"]
        constraints: ClassVar = [
            at_and_by("form_draft_published_at_and_by", "published"),
            at_and_by("form_draft_withdrawn_at_and_by", "withdrawn"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.state}"


class ConfirmedPair(models.Model):
    """What somebody established about a question of an edition and the one before it: whether answers compare.

    Of editions by their names, so that it holds for every version of both in which neither question changed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    instrument = models.CharField(max_length=80)
    earlier = models.CharField(max_length=40)
    later = models.CharField(max_length=40)
    became = models.CharField(max_length=200)  # id of the question in the later edition
    question = models.CharField(max_length=200, blank=True)  # and in the earlier one; empty where it had none
    comparison = models.CharField(max_length=16)  # Comparison
    why_ja = models.CharField(max_length=500, blank=True)
    why_en = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64)  # of both questions as they were then (see `substance`)
    confirmed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["instrument", "later", "earlier", "became"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["instrument", "earlier", "later", "became"], name="pair_once"),
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.earlier}/{self.question} {self.later}/{self.became}"


class ResponseQuerySet(models.QuerySet["Response"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Responses of the institutions at which this viewer reads them, and what they answer in person: handed to
        them, or in place of the institution; for the inspecting body and the ministry once it was submitted.

        The answers do not come along: they are the draft of those who answer. `queries.answers_for` knows who reads
        the draft, and who what was handed in.
        """
        reach = access.reach(viewer, Permission.RESPONSE_READ)
        own = Q(institution_id__in=reach.institution_ids)
        if viewer.account_id is not None and viewer.scopes is None:
            own |= Q(handed_to_id=viewer.account_id, institution_id__in=viewer.institution_ids)
            own |= _stands_in(viewer)
        handed_in = Q(submitted_at__isnull=False)
        if viewer.admitted_to is not None:
            own |= Q(pk=viewer.admitted_to)
        rows = self.defer("answers", "marks")
        if reach.nation:
            return rows.filter(own | handed_in)
        return rows.filter(own | (handed_in & Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)))


class Response(models.Model):
    """What one institution, or one of its vendors about it, answers to one edition on one occasion."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    institution = models.ForeignKey(
        "institutions.Institution", on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    vendor = models.ForeignKey("institutions.Vendor", on_delete=models.PROTECT, null=True, related_name="+")
    # What asks for it: a campaign, a fiscal year. Of one occasion there is one response.
    occasion = models.CharField(max_length=80)
    state = models.CharField(max_length=12)  # ResponseState
    # By question id: the answers as they were given, and the last word on each (see `Mark`).
    answers: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField(default=dict)
    marks = models.JSONField(default=dict)
    revision = models.PositiveIntegerField(default=0)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    # The colleague who was asked to go on.
    handed_to = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    # The officer who enters the answers in place of the institution; the room that asks keeps why.
    stand_in = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    # What that officer has to be allowed where the institution lies, for as long as this goes on.
    stand_in_needs = models.CharField(max_length=40, blank=True)  # Permission
    changed_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ResponseQuerySet] = ResponseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-opened_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["occasion", "state"], name="response_by_occasion"),
            models.Index(fields=["institution", "-opened_at"], name="response_by_institution"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["institution", "occasion", "edition"],
                condition=Q(vendor=None),
                name="response_of_facility",
            ),
            models.UniqueConstraint(
                fields=["institution", "occasion", "edition", "vendor"],
                condition=Q(vendor__isnull=False),
                name="response_of_vendor",
            ),
            # A vendor hands in without an account: its submission says who signed.
            models.CheckConstraint(
                name="response_submitted_by_somebody",
                condition=Q(submitted_at__isnull=True, submitted_by__isnull=True)
                | Q(submitted_at__isnull=False, submitted_by__isnull=False)
                | Q(submitted_at__isnull=False, vendor__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.edition_id} {self.institution_id} {self.occasion}"

    def mark(self, question: str) -> Mark | None:
        """The last word on one question; nothing where nobody said anything."""
        kept = self.marks.get(question)
        return None if kept is None else _mark(kept)

    def put(self, question: str, value: object, mark: Mark) -> None:
        """Takes an answer in, in memory."""
        self.answers[question] = value
        self.marks[question] = _kept(mark)
        self.revision = mark.revision


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """What was handed in, of the responses that this viewer may know of."""
        return self.filter(response__in=Response.objects.visible_to(viewer))


class Submission(models.Model):
    """What was handed in: the answers, and what was worked out from them, as they stood at that moment.

    A row of its own, and not the step that led to it: whoever is outside reads this one and never the response, which
    the institution goes on mending after it was returned. Nothing of it ever changes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, db_index=False, related_name="submissions")
    number = models.PositiveSmallIntegerField()  # the first is 1
    revision = models.PositiveIntegerField()
    answers: models.JSONField[dict[str, object], dict[str, object]] = models.JSONField()
    # What the calculations came to: question, rows, value (see `checks.kept_of`).
    calculated: models.JSONField[list[dict[str, object]], list[dict[str, object]]] = models.JSONField()
    at = models.DateTimeField()
    # Who handed it in: somebody with an account, or somebody of a vendor with name and position.
    by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    signed_name = models.CharField(max_length=100, blank=True)
    signed_position = models.CharField(max_length=100, blank=True)
    # Handed in by an officer in place of the institution.
    is_proxied = models.BooleanField(default=False)

    objects: ClassVar[SubmissionQuerySet] = SubmissionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["response", "number"], name="submission_has_each_number_once"),
            models.CheckConstraint(
                name="submission_by_account_or_vendor",
                condition=Q(by__isnull=False, signed_name="", signed_position="")
                | (Q(by__isnull=True) & ~Q(signed_name="") & ~Q(signed_position="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.response_id} {self.number}"


class AnswerLink(models.Model):
    """A link in one mail, by which a vendor answers one response without an account. It works once, and what it opens
    is a session of its own; of both only the digest is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, db_index=False, related_name="links")
    name = models.CharField(max_length=100)
    address = models.EmailField()
    language = models.CharField(max_length=2)  # Language
    secret_digest = models.CharField(max_length=64, unique=True)
    session_digest = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField()
    sent_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    # When another link of the same response took its place.
    replaced_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["-sent_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["response", "-sent_at"], name="answer_link_by_response")]
        constraints: ClassVar = [at_and_by("answer_link_revoked_at_and_by", "revoked")]

    def __str__(self) -> str:
        return f"{self.response_id} {self.sent_at:%Y-%m-%d}"

    def facts(self) -> LinkFacts:
        return LinkFacts(self.expires_at, self.opened_at, self.replaced_at, self.revoked_at)


class Turn(models.Model):
    """One step of a response: who moved it, when, where to, and why."""

    id = models.BigAutoField(primary_key=True)
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="turns")
    state = models.CharField(max_length=12)  # ResponseState
    at = models.DateTimeField()
    by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=2_000, blank=True)
    revision = models.PositiveIntegerField()
    # What was handed in by this step, and what a later one decides about.
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.response_id} {self.state}"


class AcceptanceRunQuerySet(models.QuerySet["AcceptanceRun"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """One's own, for whoever decides about responses; all of them for whoever does so for the nation."""
        reach = access.reach(viewer, Permission.RESPONSE_DECIDE)
        if reach.nation:
            return self
        return self.filter(begun_by_id=viewer.account_id) if reach.jurisdiction_ids else self.none()

    def running(self) -> Self:
        return self.filter(finished_at=None, cancelled_at=None)


class AcceptanceRun(models.Model):
    """Responses that somebody saw in a list and wants accepted, and how far that is."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, related_name="+")
    expected_count = models.PositiveIntegerField()
    done_count = models.PositiveIntegerField(default=0)
    accepted_count = models.PositiveIntegerField(default=0)
    job = models.CharField(max_length=64, blank=True)  # the id of the job that goes on with it
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey("accounts.Account", on_delete=models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AcceptanceRunQuerySet] = AcceptanceRunQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["-begun_at", "-id"]
        constraints: ClassVar = [at_and_by("acceptance_run_cancelled_at_and_by", "cancelled")]

    def __str__(self) -> str:
        return f"{self.begun_by_id} {self.begun_at:%Y-%m-%d}"

    @property
    def is_running(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None

    @property
    def refused_count(self) -> int:
        return self.done_count - self.accepted_count


class AcceptanceQuerySet(models.QuerySet["Acceptance"]):
    def visible_to(self, viewer: Viewer) -> Self:
        """Those of the runs that this viewer may know of."""
        return self.filter(run__in=AcceptanceRun.objects.visible_to(viewer))


class Acceptance(models.Model):
    """One response of a run: in which revision it was seen, and what came of it."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(AcceptanceRun, on_delete=models.PROTECT, db_index=False, related_name="acceptances")
    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    outcome = models.CharField(max_length=8, default=AcceptanceOutcome.WAITING)  # AcceptanceOutcome
    # Why a rule refused it, in both languages as it was said then.
    why_ja = models.CharField(max_length=400, blank=True)
    why_en = models.CharField(max_length=400, blank=True)

    objects: ClassVar[AcceptanceQuerySet] = AcceptanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "response"], name="acceptance_once_per_run"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.response_id}"


def _stands_in(viewer: Viewer) -> Q:
    """What this viewer answers in place of institutions, where they may still do what the room that asks wants."""
    permissions: dict[Reach, list[Permission]] = defaultdict(list)
    for permission in Permission:
        permissions[access.reach(viewer, permission)].append(permission)
    found = Q(pk__in=[])
    for reach, held in permissions.items():
        if reach.nation or reach.jurisdiction_ids:
            over = Q() if reach.nation else Q(institution__jurisdiction_id__in=reach.jurisdiction_ids)
            found |= over & Q(stand_in_id=viewer.account_id, stand_in_needs__in=held)
    return found


def _kept(mark: Mark) -> dict[str, Any]:
    return {
        "revision": mark.revision,
        "at": mark.at.isoformat(),
        "by": str(mark.by) if mark.by else None,
        "origin": mark.origin.value,
        "source": mark.source,
        **({} if mark.as_of is None else {"as_of": mark.as_of.isoformat()}),
        **({} if mark.is_looked_at else {"is_looked_at": False}),
        **(
            {"rows": [[row.print, row.origin.value, row.source, row.as_of.isoformat()] for row in mark.rows]}
            if mark.rows
            else {}
        ),
    }


def _mark(kept: Mapping[str, Any]) -> Mark:
    return Mark(
        revision=kept["revision"],
        at=datetime.fromisoformat(kept["at"]),
        by=UUID(kept["by"]) if kept["by"] else None,
        origin=Origin(kept["origin"]),
        source=kept["source"],
        as_of=date.fromisoformat(kept["as_of"]) if "as_of" in kept else None,
        is_looked_at=kept.get("is_looked_at", True),
        rows=tuple(
            TakenRow(print_, Origin(origin), source, date.fromisoformat(as_of))
            for print_, origin, source, as_of in kept.get("rows", ())
        ),
    )
