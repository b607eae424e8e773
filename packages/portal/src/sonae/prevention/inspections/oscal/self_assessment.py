"""A self-check that was handed in, as an assessment."""

from datetime import datetime, time

from django.utils.translation import gettext as _

from sonae.core.assurance import catalogue
from sonae.core.instruments import queries as instruments
from sonae.core.instruments.definition import Question
from sonae.core.instruments.models import Edition, Submission
from sonae.core.instruments.vocabulary import YesNo
from sonae.core.web import words
from sonae.kernel.calendar import JST
from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.inspections import self_check
from sonae.prevention.inspections.oscal.facts import Assessment, Basis, Finding, Institution, Method, Observation, Risk
from sonae.prevention.inspections.vocabulary import ExportRefusal, RowReadiness, RowStanding


def assessment_of(submission: Submission) -> Assessment:
    """What was handed in, in the language of the moment. It names no person: who signed stays with the response.

    A submission never changes, so its documents never do.
    """
    response = submission.response
    plan = instruments.plan_of(response.edition)
    readiness = self_check.readiness_of(plan, submission.answers, now=submission.at)
    rows = [row for row in readiness.rows if row.answer and row.standing is not RowStanding.NOT_ASKED]
    facts = {
        "institution": response.institution.name,
        "form": response.edition.title_ja
        if words.is_japanese()
        else (response.edition.title_en or response.edition.title_ja),
    }
    risks = tuple(_risk(instruments.title_of(plan, row.question), row) for row in rows if row.answer == YesNo.NO)
    return Assessment(
        key=f"submission:{submission.pk}",
        title=_("Self-check of %(institution)s: %(form)s") % facts,
        plan_title=_("What is still to be done after the self-check of %(institution)s: %(form)s") % facts,
        description=_("What the institution itself answered and handed in. Nobody else has looked at it."),
        language=words.language(),
        institution=Institution(response.institution.register_code, response.institution.name),
        basis=basis_of(response.edition),
        begun_at=response.opened_at,
        ended_at=submission.at,
        changed_at=submission.at,
        version=str(submission.number),
        observations=tuple(_observation(instruments.title_of(plan, row.question), row, submission.at) for row in rows),
        findings=tuple(
            _finding(instruments.title_of(plan, row.question), row, plan.items[row.question])
            for row in rows
            if row.answer in (YesNo.YES, YesNo.NO)
        ),
        risks=risks,
    )


def basis_of(edition: Edition) -> Basis:
    """The form that was asked, with its edition and its source, in the language of the moment."""
    source = instruments.plan_of(edition).instrument.source
    title = edition.title_ja if words.is_japanese() else (edition.title_en or edition.title_ja)
    return Basis(
        f"{title} ({edition.edition}, {edition.version})",
        catalogue.in_language(source.title) if source else "",
        source.url if source else "",
    )


def may_be_planned(found: Assessment) -> Decision:
    """Whether there is a plan of action: something was answered with a no."""
    return ALLOWED if found.risks else Refused(ExportRefusal.NOTHING_TO_DO)


def _observation(title: str, row: RowReadiness, at: datetime) -> Observation:
    said = {"answer": words.of(YesNo(row.answer))}
    last = max(row.checked_on, default=None)
    # Answers are statements of the institution: somebody was asked, nothing was tried.
    return Observation(
        row.question, title, _("Answered: %(answer)s") % said, Method.INTERVIEW,
        datetime.combine(last, time(), JST) if last else at,
        _("Checked on %(days)s") % {"days": "、".join(words.jdate(day) for day in row.checked_on)} if last else "",
    )  # fmt: skip


def _finding(title: str, row: RowReadiness, question: object) -> Finding:
    assert isinstance(question, Question), "only questions are rows"
    is_satisfied = row.answer == YesNo.YES
    said = _("In place, as the institution says.") if is_satisfied else _("Not in place yet, as the institution says.")
    return Finding(
        row.question, title, said, row.question, is_satisfied, question.controls, (row.question,),
        () if is_satisfied else (row.question,),
    )  # fmt: skip


def _risk(title: str, row: RowReadiness) -> Risk:
    said = _("The institution names no day yet.")
    if row.target_on is not None:
        said = _("The institution plans to have it done by %(day)s.") % {"day": words.jdate(row.target_on)}
    return Risk(row.question, title, _("Not in place yet, as the institution says."), said, due_on=row.target_on)
