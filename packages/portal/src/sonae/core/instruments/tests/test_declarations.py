"""What was submitted stands as evidence that somebody says so: replaced by the next, withdrawn when returned."""

import pytest

from sonae.core.access.vocabulary import Permission
from sonae.core.assurance import importing
from sonae.core.assurance import queries as assurance
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.testing import a_catalogue
from sonae.core.assurance.vocabulary import Finding, Standing, Strength
from sonae.core.institutions import services as register
from sonae.core.institutions.testing import a_vendor
from sonae.core.instruments import services, testing
from sonae.core.instruments.checks import check
from sonae.core.instruments.declarations import declared
from sonae.core.instruments.models import Response
from sonae.core.instruments.plan import Plan
from sonae.core.instruments.response_rules import Mark
from sonae.core.instruments.services.declaring import RETURNED
from sonae.core.instruments.tests.forms import a_plan, a_question
from sonae.core.instruments.vocabulary import AnswerKind, DefinitionProblem, Origin
from sonae.kernel.errors import BadInput
from sonae.testing.cast import NOW

FORM = testing.FORM.replace(
    "  - section: organisation",
    """\
  - {question: mfa, kind: yes_no, label: {ja: 認証}, controls: [mfa, patching], may_be_out_of_scope: true}
  - {question: patched, kind: yes_no, label: {ja: 更新}, controls: [patching]}
  - section: organisation""",
)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"a": "yes", "b": "yes"}, {"mfa": Finding.IN_PLACE, "patching": Finding.IN_PLACE}),
        ({"a": "yes", "b": "no"}, {"mfa": Finding.IN_PLACE, "patching": Finding.PARTLY}),
        ({"a": {"answer": "no"}}, {"mfa": Finding.ABSENT, "patching": Finding.ABSENT}),
        ({"a": "out_of_scope", "b": "yes"}, {"patching": Finding.IN_PLACE}),
        ({"c": "yes"}, {}),
        ({"a": None, "b": 3}, {}),
    ],
)
def test_a_control_is_in_place_where_every_question_that_names_it_says_yes(answers, said):
    plan = a_plan(
        a_question("a", AnswerKind.YES_NO, controls=("mfa", "patching"), may_be_out_of_scope=True),
        a_question("b", AnswerKind.YES_NO, controls=("patching",)),
        a_question("c", AnswerKind.YES_NO),
    )
    assert isinstance(plan, Plan)
    assert declared(plan, answers, check(plan, answers, now=NOW)) == said


def handed_in(response, manager, answers):
    seen = Response.objects.get(pk=response.pk).revision
    services.save_answers(response.pk, {"gate": "no", **answers}, seen=seen, by=manager.viewer, now=NOW)
    seen = Response.objects.get(pk=response.pk).revision
    return services.submit(response.pk, seen=seen, by=manager.viewer, now=NOW)


def standing(control, hospital):
    return assurance.state_of(control, hospital.pk, now=NOW).standing


def test_evidence_is_filed_on_submission_withdrawn_on_return_and_replaced_by_the_next(
    officer, manager, inspector, hospital
):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FORM)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    handed_in(response, manager, {"mfa": "yes", "patched": "no"})
    found = Evidence.objects.get(control="mfa")
    assert (found.strength, found.finding) == (Strength.DECLARED, Finding.IN_PLACE)
    assert found.reference == str(response.submissions.get().pk)
    assert (standing("mfa", hospital), standing("patching", hospital)) == (Standing.IN_PLACE, Standing.PARTLY)

    services.return_for_correction(
        response.pk, reason="確認してください。", seen=Response.objects.get().revision, by=inspector.viewer, now=NOW
    )
    assert standing("mfa", hospital) is Standing.NO_EVIDENCE
    assert Evidence.objects.get(control="mfa").withdrawn_why == RETURNED

    handed_in(response, manager, {"mfa": "no"})
    assert (standing("mfa", hospital), standing("patching", hospital)) == (Standing.ABSENT, Standing.ABSENT)

    again = services.open_response(edition.pk, institution_id=hospital.pk, occasion="2027", by=manager.viewer, now=NOW)
    handed_in(again, manager, {"mfa": "yes", "patched": "yes"})
    assert standing("mfa", hospital) is Standing.IN_PLACE
    assert Evidence.objects.standing().filter(control="mfa").count() == 1


def test_what_an_officer_submits_in_place_of_an_institution_is_filed_once_it_is_accepted(
    officer, prefecture_officer, inspector, hospital
):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FORM)
    response = services.stand_in(
        edition.pk, institution_id=hospital.pk, occasion="2026", needs=Permission.SURVEY_FOLLOW_UP,
        by=prefecture_officer.account.pk, now=NOW,
    )  # fmt: skip
    submitted = handed_in(response, prefecture_officer, {"mfa": "yes", "patched": "yes"})
    assert not Evidence.objects.exists()
    services.accept(response.pk, seen=submitted.revision, by=inspector.viewer, now=NOW)
    assert standing("mfa", hospital) is Standing.IN_PLACE
    assert {one.filed_by_id for one in Evidence.objects.all()} == {prefecture_officer.account.pk}


@pytest.mark.parametrize("reason", ["再確認", "あ" * 2_000])
def test_the_reason_of_a_return_is_as_short_or_long_as_a_return_takes(officer, manager, inspector, hospital, reason):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FORM)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    seen = handed_in(response, manager, {"mfa": "yes"}).revision
    services.return_for_correction(response.pk, reason=reason, seen=seen, by=inspector.viewer, now=NOW)
    found = Evidence.objects.get(control="mfa")
    assert found.withdrawn_why == RETURNED
    assert response.turns.last().reason == reason


def a_form_about(control: str) -> str:
    return FORM.replace("controls: [mfa, patching]", f"controls: [mfa, '{control}']")


def test_an_answer_is_evidence_about_the_control_of_others_that_its_question_names(
    officer, manager, inspector, hospital
):
    found = a_catalogue(now=NOW)
    address = found.address_of("a-1")
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=a_form_about(address))
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    handed_in(response, manager, {"mfa": "no", "patched": "yes"})
    assert (standing(address, hospital), standing("mfa", hospital)) == (Standing.ABSENT, Standing.ABSENT)
    seen = Response.objects.get().revision
    services.return_for_correction(response.pk, reason="確認。", seen=seen, by=inspector.viewer, now=NOW)
    assert standing(address, hospital) is Standing.NO_EVIDENCE
    # Taken back meanwhile: the form is answered on, and says nothing about a control that is not there.
    importing.take_out(found.pk, why="別の資料でした。", by=None, now=NOW)
    handed_in(response, manager, {"mfa": "yes"})
    assert (standing(address, hospital), standing("mfa", hospital)) == (Standing.NO_EVIDENCE, Standing.IN_PLACE)
    assert Evidence.objects.filter(control=address).count() == 1


def test_a_question_names_only_controls_of_others_that_were_taken_in_and_is_not_filled_in_from_them(officer):
    address = a_catalogue(now=NOW).address_of("a-1")
    for wrong in (
        a_form_about(f"{address}-not"),
        FORM.replace("controls: [mfa, patching]", f"prefill: 'evidence.{address}'"),
    ):
        with pytest.raises(BadInput) as refused:
            testing.an_edition(by=officer.viewer, now=NOW, form=wrong)
        assert [one.reason for one in refused.value.problems] in (
            [DefinitionProblem.CONTROL_UNKNOWN], [DefinitionProblem.PREFILL_UNKNOWN]
        )  # fmt: skip


def test_what_a_vendor_says_about_its_part_is_no_evidence_of_the_institution(officer, manager, hospital):
    register.link_vendor(
        institution_id=hospital.pk, vendor_id=(vendor := a_vendor()).pk, service="画像", by=manager.account.pk, now=NOW
    )
    form = FORM.replace("respondent: facility", "respondent: vendor")
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=form)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, vendor_id=vendor.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    handed_in(response, manager, {"mfa": "yes", "patched": "yes"})
    assert not Evidence.objects.exists()


@pytest.mark.parametrize(
    ("mark", "is_filed"),
    [
        ({"origin": Origin.EVIDENCE, "is_looked_at": False}, False),
        ({"origin": Origin.EVIDENCE, "is_looked_at": True}, False),
        ({"origin": Origin.EARLIER_RESPONSE, "is_looked_at": False}, False),
        ({"origin": Origin.EARLIER_RESPONSE, "is_looked_at": True}, True),
    ],
)
def test_evidence_does_not_renew_itself_and_what_nobody_looked_at_says_nothing(
    officer, manager, hospital, mark, is_filed
):
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=FORM)
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    response.put("mfa", "yes", Mark(1, NOW, None, source="mfa", as_of=NOW.date(), **mark))
    response.save()
    handed_in(response, manager, {"patched": "no"})
    assert Evidence.objects.filter(control="mfa").exists() is is_filed
    assert standing("patching", hospital) is (Standing.PARTLY if is_filed else Standing.ABSENT)
