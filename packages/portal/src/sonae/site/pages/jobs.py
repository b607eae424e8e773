"""What the machine does by itself: jobs, workers, schedule. For operators and auditors."""

from uuid import UUID

import django_tables2 as tables
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from django_tasks_db.models import DBTaskResult

from sonae.core.access.vocabulary import Permission
from sonae.core.documents import queries as documents
from sonae.core.web import listing, navigation, words
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.errors import Gone
from sonae.site import schedule
from sonae.site.jobs import labels, queries, rules, services
from sonae.site.jobs.vocabulary import JobState, Loss


class StateColumn(listing.EnumColumn):
    """The state of a job. The library's own model has words for it too, and the table would hand us those."""

    def render(self, record: DBTaskResult) -> str:  # type: ignore[override]  # tables ask by the parameter's name
        return words.of(JobState(record.status))

    def value(self, record: DBTaskResult) -> str:  # type: ignore[override]
        return words.of(JobState(record.status))


class JobTable(listing.Table):
    task_path = listing.LinkColumn("jobs:detail", told_apart_by=("enqueued_at", listing.ROW), verbose_name=_("Job"))
    status = StateColumn(JobState, verbose_name=_("State"))
    enqueued_at = listing.MomentColumn(verbose_name=_("Queued"))
    started_at = listing.MomentColumn(verbose_name=_("Started"))
    finished_at = listing.MomentColumn(verbose_name=_("Ended"))
    attempts = tables.Column(verbose_name=_("Attempts"), accessor="worker_ids", orderable=False)
    exception_class_path = tables.Column(verbose_name=_("Reason"), orderable=False)

    class Meta(listing.Table.Meta):
        model = DBTaskResult
        fields = ("task_path", "status", "enqueued_at", "started_at", "finished_at", "attempts", "exception_class_path")
        order_by = "-enqueued_at"
        empty_text = _("No job was queued yet.")

    def render_task_path(self, value: str) -> str:
        return name_of(value)

    def value_task_path(self, value: str) -> str:
        return name_of(value)

    def render_attempts(self, value: list[str]) -> int:
        return len(value)

    def value_attempts(self, value: list[str]) -> int:
        return len(value)

    def render_exception_class_path(self, value: str) -> str:
        return reason_of(value)

    def value_exception_class_path(self, value: str) -> str:
        return reason_of(value)


class JobFilter(listing.FilterSet):
    q = listing.SearchFilter(fields=("task_path", "exception_class_path"), label=_("Search"))
    status = listing.EnumFilter(JobState, label=_("State"))

    class Meta:
        model = DBTaskResult
        fields = ()


def name_of(task_path: str) -> str:
    """What a task does, in words; of one that a former release had, its slice and its function."""
    if task_path in labels.TASKS:
        return str(labels.TASKS[task_path])
    parts = task_path.split(".")
    return ".".join(part for part in (*parts[2:-2], parts[-1])) if len(parts) > 3 else task_path


def reason_of(exception_class_path: str) -> str:
    """Why a job ended as it did, in words where it is one of our own reasons."""
    if exception_class_path in set(Loss):
        return words.of(Loss(exception_class_path))
    return exception_class_path


@needs(Permission.JOB_READ)
@require_GET
def index(request: SignedInRequest) -> HttpResponseBase:
    """Jobs with the workers that run them and the plan they come from."""
    return listing.respond(
        request,
        table=JobTable,
        filterset=JobFilter,
        queryset=DBTaskResult.objects.defer("traceback", "return_value", "args_kwargs"),
        template="site/jobs/index.html",
        filename="jobs",
        context={
            "counts": [(state, number) for state, number in queries.counts().items()],
            "unseen": documents.unseen(),
            "workers": queries.living(now=request.now),
            "plan": [
                (name_of(row.task_path), words.interval(row.every), row)
                for row in queries.planned_rows(schedule.PLAN, now=request.now)
            ],
        },
    )


@needs(Permission.JOB_READ)
@require_GET
def detail(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    """One job, with what it failed on."""
    job = DBTaskResult.objects.filter(pk=job_id).first()
    if job is None:
        raise Gone("job", job_id)
    facts = [
        (_("State"), JobState(job.status)),
        (_("Queued"), job.enqueued_at),
        (_("Started"), job.started_at),
        (_("Ended"), job.finished_at),
        (_("Attempts"), len(job.worker_ids)),
        (_("Reason"), reason_of(job.exception_class_path) or None),
    ]
    page = {
        "job": job,
        "name": name_of(job.task_path),
        "facts": facts,
        "again": rules.may_run_again(services.facts_of(job)),
        "cancel": rules.may_cancel(services.facts_of(job)),
    }
    return render(request, "site/jobs/detail.html", page)


@needs(Permission.JOB_MANAGE)
@require_POST
def run_again(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    services.run_again(job_id, by=request.viewer, now=request.now)
    messages.success(request, _("The job is queued again."))
    return redirect("jobs:detail", job_id)


@needs(Permission.JOB_MANAGE)
@require_POST
def cancel(request: SignedInRequest, job_id: UUID) -> HttpResponse:
    services.cancel(job_id, by=request.viewer, now=request.now)
    messages.success(request, _("The job is cancelled."))
    return redirect("jobs:detail", job_id)


app_name = "jobs"
urlpatterns = [
    path("jobs/", index, name="list"),
    path("jobs/<uuid:job_id>/", detail, name="detail"),
    path("jobs/<uuid:job_id>/again/", run_again, name="again"),
    path("jobs/<uuid:job_id>/cancel/", cancel, name="cancel"),
]

navigation.register(
    navigation.NavItem(
        label=_("Jobs"),
        url_name="jobs:list",
        permission=Permission.JOB_READ,
        order=96,
        section=navigation.Section.ADMINISTRATION,
    )
)
