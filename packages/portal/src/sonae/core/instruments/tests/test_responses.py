"""Editions and responses: nothing answered is lost, nobody writes over anybody, and what was handed in stays."""

import dataclasses
import hashlib
import threading
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import translation

from sonae.core.audit.models import Entry
from sonae.core.institutions import services as register
from sonae.core.instruments import queries, response_rules, services, testing
from sonae.core.instruments.models import Edition, Response, Submission, Turn
from sonae.core.instruments.services import editions as publishing
from sonae.core.instruments.testing import FORM
from sonae.core.instruments.vocabulary import (
    DefinitionProblem,
    Origin,
    ResponseAccepted,
    ResponseRefusal,
    ResponseReturned,
    ResponseState,
    ResponseSubmitted,
)
from sonae.core.web import words
from sonae.kernel import events
from sonae.kernel.errors import BadInput, Conflict, Gone, NotAllowed
from sonae.testing.cast import NOW

LATER = NOW + timedelta(hours=2)


def an_edition(officer, form=FORM, *, now=NOW):
    return testing.an_edition(by=officer.viewer, now=now, form=form)


@pytest.fixture
def edition(officer):
    return an_edition(officer)


def a_response(edition, hospital, manager, *, occasion="2026", now=NOW):
    return services.open_response(edition.pk, institution_id=hospital.pk, occasion=occasion, by=manager.viewer, now=now)


@pytest.fixture
def response(edition, hospital, manager):
    return a_response(edition, hospital, manager)


def save(response, answers, person, *, seen=0, now=NOW, **more):
    return services.save_answers(response.pk, answers, seen=seen, by=person.viewer, now=now, **more)


def submit(response, person, *, now=NOW):
    seen = Response.objects.get(pk=response.pk).revision
    return services.submit(response.pk, seen=seen, by=person.viewer, now=now)


def decide(verb, response, person, **more):
    seen = Response.objects.get(pk=response.pk).revision
    return verb(response.pk, seen=seen, by=person.viewer, now=LATER, **more)


def refusal(caught):
    return caught.value.refusal.reason


def handed_in(response, manager, *, beds=120, now=NOW):
    seen = Response.objects.get(pk=response.pk).revision
    save(response, {"gate": "yes", "beds": beds}, manager, seen=seen, now=now)
    return submit(response, manager, now=now)


# --- Editions --------------------------------------------------------------------------------------------------------


def test_a_file_becomes_an_edition_and_the_same_file_changes_nothing(officer, edition):
    assert (edition.instrument, edition.edition, edition.version, edition.title_en) == (
        "readiness", "2026", 1, "Readiness",
    )  # fmt: skip
    assert an_edition(officer, now=LATER) == edition
    assert Edition.objects.get().published_at == NOW
    assert Entry.objects.filter(verb="instrument.publish").count() == 1


def test_an_edition_that_nobody_answered_is_replaced_and_an_answered_one_gets_its_next_version(
    officer, edition, hospital, manager
):
    other = FORM.replace("備考", "備考（任意）")
    assert an_edition(officer, other).pk == edition.pk
    assert Edition.objects.count() == 1

    response = a_response(edition, hospital, manager)
    second = an_edition(officer, FORM, now=LATER)
    assert second.version == 2
    assert list(Edition.objects.current()) == [second]
    kept = Response.objects.select_related("edition").get(pk=response.pk).edition
    assert queries.content_of(kept).decode() == other
    assert "（任意）" in next(
        step.item.words.text("ja") for step in queries.plan_of(kept).asked if step.item.id == "remark"
    )


def test_the_file_of_an_edition_is_read_once_and_its_plan_is_kept(
    officer, response, django_assert_num_queries, monkeypatch
):
    found = Response.objects.select_related("edition").get()
    with django_assert_num_queries(0):
        published = queries.plan_of(found.edition)
    # Another process, which has not published it.
    monkeypatch.setattr(queries, "_plans", {})
    with django_assert_num_queries(1):
        read = queries.plan_of(found.edition)
    with django_assert_num_queries(0):
        assert queries.plan_of(found.edition) is read
    assert read.instrument == published.instrument


def test_plans_of_other_contents_are_not_mixed_up_and_old_ones_make_room(officer, monkeypatch):
    monkeypatch.setattr(queries, "_plans", {})
    monkeypatch.setattr(queries, "_PLANS_KEPT", 2)
    editions = [an_edition(officer, FORM.replace("id: readiness", f"id: readiness-{one}")) for one in "abc"]
    assert [queries.plan_of(edition).instrument.id for edition in editions] == [
        "readiness-a", "readiness-b", "readiness-c",
    ]  # fmt: skip
    assert len(queries._plans) == 2


def test_an_edition_read_before_its_file_was_replaced_is_not_answered_with_another_file(officer, monkeypatch):
    edition = an_edition(officer)
    stale = Edition.objects.get(pk=edition.pk)
    an_edition(officer, FORM.replace("備考", "備考欄"))
    monkeypatch.setattr(queries, "_plans", {})
    with pytest.raises(Conflict) as caught:
        queries.plan_of(stale)
    assert caught.value.reason is ResponseRefusal.EDITION_REPLACED


def test_every_fault_of_a_file_is_named_with_its_line(officer):
    broken = FORM.replace("${gate}", "${gat}").replace("id: readiness", "id: readiness\nnonsense: 1")
    with pytest.raises(BadInput) as caught:
        an_edition(officer, broken)
    found = [(problem.line, str(problem.reason), problem.file) for problem in caught.value.problems]
    assert len(found) == 2
    assert found[0][0] == 2
    assert found[1][0] == broken[: broken.index("${gat}")].count("\n") + 1
    assert {file for _, _, file in found} == {"readiness.yaml"}
    assert not Edition.objects.exists()


def test_only_the_ministry_publishes(manager, inspector):
    for person in (manager, inspector):
        with pytest.raises(NotAllowed):
            services.publish(FORM.encode(), file_name="readiness.yaml", by=person.viewer, now=NOW)


# --- Answering -------------------------------------------------------------------------------------------------------


def test_a_response_is_begun_once_and_freezes_its_edition(edition, hospital, manager):
    first = a_response(edition, hospital, manager)
    again = a_response(edition, hospital, manager, now=LATER)
    assert first == again
    assert Edition.objects.get().frozen_at == NOW
    assert a_response(edition, hospital, manager, occasion="2027") != first
    assert list(Turn.objects.filter(response=first).values_list("state", flat=True)) == [ResponseState.DRAFT]


def test_an_edition_not_yet_in_force_is_not_answered(officer, hospital, manager):
    tomorrow = (NOW + timedelta(days=2)).date()
    edition = an_edition(officer, FORM.replace("fiscal_year: 2026", f"fiscal_year: 2026\nvalid_from: {tomorrow}"))
    with pytest.raises(NotAllowed) as caught:
        a_response(edition, hospital, manager)
    assert refusal(caught) is ResponseRefusal.EDITION_NOT_IN_FORCE
    assert a_response(edition, hospital, manager, now=NOW + timedelta(days=3)).state == ResponseState.DRAFT


def test_a_form_of_vendors_is_not_filled_in_by_the_hospital(officer, hospital, manager):
    edition = an_edition(officer, FORM.replace("respondent: facility", "respondent: vendor"))
    with pytest.raises(NotAllowed) as caught:
        a_response(edition, hospital, manager)
    assert refusal(caught) is ResponseRefusal.RESPONDENT_IS_OTHER


def test_each_vendor_of_a_hospital_has_a_response_of_its_own(officer, hospital, manager, vendor):
    edition = an_edition(officer, FORM.replace("respondent: facility", "respondent: vendor"))
    of_vendor = {"institution_id": hospital.pk, "occasion": "2026", "by": manager.viewer, "now": NOW}
    with pytest.raises(Gone):
        services.open_response(edition.pk, vendor_id=vendor.pk, **of_vendor)
    register.link_vendor(
        institution_id=hospital.pk, vendor_id=vendor.pk, service="電子カルテ", by=manager.account.pk, now=NOW
    )
    first = services.open_response(edition.pk, vendor_id=vendor.pk, **of_vendor)
    assert services.open_response(edition.pk, vendor_id=vendor.pk, **of_vendor) == first
    assert first.vendor == vendor


def test_answers_are_kept_one_by_one_right_or_wrong_with_who_and_when(response, manager):
    save(response, {"gate": "yes"}, manager)
    kept = save(response, {"beds": "many"}, manager, seen=1, now=LATER, origin=Origin.WORKBOOK, source="a.xlsx")
    assert kept.saved == {"beds"}
    found = Response.objects.get()
    assert found.answers == {"gate": "yes", "beds": "many"}
    assert found.revision == 2
    mark = found.mark("beds")
    assert mark == response_rules.Mark(2, LATER, manager.account.pk, Origin.WORKBOOK, "a.xlsx")
    assert found.mark("remark") is None
    assert not queries.findings_of(found, now=LATER).is_sound


def test_saying_the_same_again_changes_nothing(response, manager):
    save(response, {"gate": "yes"}, manager)
    kept = save(response, {"gate": "yes"}, manager, seen=0, now=LATER)
    assert (kept.saved, kept.refused, kept.response.revision) == (frozenset(), {}, 1)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1, True, False),
        (0, False, False),
        (True, True, True),
        (1, 1.0, True),
        (None, "", False),
        ({"a": [1]}, {"a": [True]}, False),
        ({"a": [1]}, {"a": [1]}, True),
        ({"a": 1}, {"a": 1, "b": None}, False),
        ([1], [1, 2], False),
        ([], {}, False),
        ("1", 1, False),
    ],
)
def test_answers_are_the_same_as_json_has_them(one, other, same):
    assert response_rules.is_same(one, other) is same
    assert response_rules.is_same(other, one) is same


def test_a_yes_in_place_of_a_one_is_a_change(response, manager):
    save(response, {"remark": 1}, manager)
    assert save(response, {"remark": True}, manager, seen=1).saved == {"remark"}
    assert Response.objects.get().answers["remark"] is True


def test_the_second_of_two_who_answer_sees_the_change_of_the_first_and_writes_nothing_over(
    response, manager, colleague
):
    services.hand_over(response.pk, to=colleague.account.pk, by=manager.viewer, now=NOW)
    save(response, {"beds": 120}, manager, seen=0)
    kept = save(response, {"beds": 90, "remark": "二人目"}, colleague, seen=0, now=LATER)
    assert kept.saved == {"remark"}
    assert kept.refused["beds"].reason is ResponseRefusal.CHANGED_MEANWHILE
    assert kept.refused["beds"].facts["by"] == manager.account.pk
    assert Response.objects.get().answers == {"beds": 120, "remark": "二人目"}
    # Having seen it, they may decide otherwise.
    assert save(response, {"beds": 90}, colleague, seen=kept.response.revision, now=LATER).saved == {"beds"}


@pytest.mark.parametrize(
    ("question", "value", "reason"),
    [
        ("nothing", 1, ResponseRefusal.QUESTION_UNKNOWN),
        ("organisation", {"beds": 1}, ResponseRefusal.QUESTION_TAKES_NO_ANSWER),
        ("remark", "長" * (response_rules.LARGEST_ANSWER + 1), ResponseRefusal.ANSWER_TOO_LARGE),
    ],
)
def test_what_no_question_takes_is_refused_and_the_rest_is_kept(response, manager, question, value, reason):
    kept = save(response, {question: value, "gate": "no"}, manager)
    assert {name: found.reason for name, found in kept.refused.items()} == {question: reason}
    assert Response.objects.get().answers == {"gate": "no"}


TITLED = FORM.replace("label: {ja: 備考}", 'number: "1-②"\n        label: {ja: 備考欄, en: Remarks}').replace(
    "label: {ja: 病床数}", "label: {ja: 病床数}\n        calculation: 1 + 1"
)


@pytest.mark.parametrize(
    ("language", "question", "value", "said"),
    [
        ("ja", "remark", "長" * 100_000, "「1-② 備考欄」への回答が300,002バイトあり"),
        ("en", "remark", "長" * 100_000, "The answer to “1-② Remarks” has 300,002 bytes"),
        ("en", "remark", "\x00", "The answer to “1-② Remarks” holds"),
        # A form that has no English is read in its own language.
        ("en", "beds", 3, "“病床数” is worked out"),
        ("en", "organisation", {}, "“体制” is worked out"),
        ("en", "x" * 300, 3, f"“{'x' * 80}”"),
    ],
)
def test_a_refusal_calls_a_question_by_its_number_and_label_in_the_language_of_the_reader(
    officer, hospital, manager, language, question, value, said
):
    response = a_response(an_edition(officer, TITLED), hospital, manager)
    refused = save(response, {question: value}, manager).refused[question]
    with translation.override(language):
        assert said in words.of(refused)


def test_a_question_that_nobody_named_is_called_by_its_id(edition):
    assert queries.title_of(queries.plan_of(edition), "nothing") == "nothing"


def test_an_answer_is_measured_in_bytes():
    assert response_rules.size_bytes("a") == 3
    assert response_rules.size_bytes("備") == 5
    known = {"known": {"q"}, "takes": {"q"}}
    letters = (response_rules.LARGEST_ANSWER - 2) // 3
    assert response_rules.may_hold("q", "備" * letters, **known).ok
    assert not response_rules.may_hold("q", "備" * (letters + 1), **known).ok


def test_a_colleague_answers_what_was_handed_to_them_and_a_stranger_learns_nothing(
    response, manager, colleague, stranger
):
    with pytest.raises(Gone):
        save(response, {"gate": "yes"}, stranger)
    with pytest.raises(Gone):
        save(response, {"gate": "yes"}, colleague)
    with pytest.raises(NotAllowed) as caught:
        services.hand_over(response.pk, to=stranger.account.pk, by=manager.viewer, now=NOW)
    assert refusal(caught) is ResponseRefusal.COLLEAGUE_MAY_NOT_ANSWER
    services.hand_over(response.pk, to=colleague.account.pk, by=manager.viewer, now=NOW)
    assert save(response, {"gate": "yes"}, colleague).saved == {"gate"}
    assert Response.objects.visible_to(colleague.viewer).count() == 1
    with pytest.raises(Gone):
        save(Response(pk=uuid4()), {"gate": "yes"}, manager)


def test_the_executive_reads_but_does_not_answer(response, executive):
    with pytest.raises(NotAllowed):
        save(response, {"gate": "yes"}, executive)


def test_a_colleague_answers_and_those_who_may_by_role_submit(response, manager, colleague, inspector):
    services.hand_over(response.pk, to=colleague.account.pk, by=manager.viewer, now=NOW)
    save(response, {"gate": "yes", "beds": 120}, colleague)
    with pytest.raises(NotAllowed):
        submit(response, colleague)
    with pytest.raises(NotAllowed):
        services.hand_over(response.pk, to=manager.account.pk, by=colleague.viewer, now=NOW)
    assert submit(response, manager).state == ResponseState.SUBMITTED


def test_a_token_of_a_colleague_does_not_open_what_was_handed_to_them(response, manager, colleague):
    services.hand_over(response.pk, to=colleague.account.pk, by=manager.viewer, now=NOW)
    token = dataclasses.replace(colleague.viewer, scopes=frozenset({"bulletin.read"}))
    gone = dataclasses.replace(colleague.viewer, institution_ids=frozenset(), grants=frozenset())
    for viewer in (token, gone):
        assert not Response.objects.visible_to(viewer).exists()
        with pytest.raises(Gone):
            services.save_answers(response.pk, {"gate": "no"}, seen=0, by=viewer, now=NOW)


def test_what_a_colleague_changed_since_one_looked_is_not_submitted_unseen(response, manager):
    save(response, {"gate": "yes", "beds": 120}, manager)
    save(response, {"beds": 90}, manager, seen=1)
    with pytest.raises(NotAllowed) as caught:
        services.submit(response.pk, seen=1, by=manager.viewer, now=NOW)
    assert refusal(caught) is ResponseRefusal.CHANGED_MEANWHILE
    assert services.submit(response.pk, seen=2, by=manager.viewer, now=NOW).submitted_at == NOW


def test_claiming_to_have_seen_the_future_writes_over_nobody(response, manager):
    save(response, {"beds": 120}, manager)
    kept = save(response, {"beds": 90}, manager, seen=10**9)
    assert kept.saved == {"beds"}
    assert kept.response.revision == 2


def test_a_corrected_version_goes_on_with_what_was_begun_and_takes_what_is_new(officer, hospital, other_hospital,
                                                                               manager, stranger):  # fmt: skip
    first = an_edition(officer)
    begun = a_response(first, hospital, manager)
    second = an_edition(officer, FORM.replace("備考", "備考欄"), now=LATER)
    assert a_response(second, hospital, manager, now=LATER) == begun
    with pytest.raises(NotAllowed) as caught:
        a_response(first, other_hospital, stranger, now=LATER)
    assert refusal(caught) is ResponseRefusal.EDITION_REPLACED
    assert a_response(second, other_hospital, stranger, now=LATER).edition == second


@pytest.mark.parametrize(
    "value",
    [float("inf"), float("nan"), 10**40, "a\x00b", "\ud800", [[[[[[[[[[[[1]]]]]]]]]]]], {1: "a"}, date(2026, 4, 1)],
)
def test_what_a_database_cannot_keep_is_refused_by_itself(response, manager, value):
    kept = save(response, {"remark": value, "gate": "yes"}, manager)
    assert kept.saved == {"gate"}
    assert kept.refused["remark"].reason is ResponseRefusal.ANSWER_NOT_STORABLE


def test_a_file_that_does_not_say_which_instrument_it_is_becomes_none(officer):
    for old, new, field in (
        ('edition: "2026"', f'edition: "{"1" * 41}"', "edition"),
        ("id: readiness", f"id: {'r' * 81}", "id"),
        ("fiscal_year: 2026", "fiscal_year: 20205", "fiscal_year"),
    ):
        with pytest.raises(BadInput) as caught:
            an_edition(officer, FORM.replace(old, new))
        assert [problem.field for problem in caught.value.problems] == [field]


# --- Emptying what is not asked any more ---


def test_answers_that_are_not_asked_any_more_are_emptied_in_one_step(response, manager, colleague):
    save(response, {"gate": "yes", "beds": 120, "remark": "備考"}, manager)
    save(response, {"gate": "no"}, manager, seen=1)
    kept = services.clear_unasked(response.pk, seen=2, by=manager.viewer, now=LATER)
    assert (kept.saved, kept.refused) == ({"beds", "remark"}, {})
    found = Response.objects.get()
    assert (found.answers, found.revision) == ({"gate": "no", "beds": None, "remark": None}, 3)
    assert found.mark("beds") == response_rules.Mark(3, LATER, manager.account.pk)
    assert queries.findings_of(found, now=LATER).is_sound
    again = services.clear_unasked(response.pk, seen=3, by=manager.viewer, now=LATER)
    assert (again.saved, again.response.revision) == (frozenset(), 3)
    with pytest.raises(Gone):
        services.clear_unasked(response.pk, seen=3, by=colleague.viewer, now=LATER)


def test_an_unasked_answer_that_somebody_else_changed_meanwhile_is_not_emptied(response, manager):
    save(response, {"gate": "no", "beds": 120}, manager)
    save(response, {"beds": 90}, manager, seen=1)
    kept = services.clear_unasked(response.pk, seen=1, by=manager.viewer, now=LATER)
    assert (kept.saved, kept.refused["beds"].reason) == (frozenset(), ResponseRefusal.CHANGED_MEANWHILE)
    assert Response.objects.get().answers["beds"] == 90


ROWS = """\
  - section: wards
    label: {ja: 病棟}
    repeat: true
    items:
      - {question: kind, kind: text, label: {ja: 種別}}
      - {question: why, kind: text, label: {ja: 理由}, relevant: "${kind} = 'other'"}
"""


def test_answers_in_rows_are_emptied_where_they_are_not_asked_and_the_rows_stay(officer, hospital, manager):
    response = a_response(an_edition(officer, FORM + ROWS), hospital, manager)
    wards = [{"kind": "icu", "why": "x"}, {"kind": "other", "why": "y"}]
    save(response, {"wards": wards}, manager)
    kept = services.clear_unasked(response.pk, seen=1, by=manager.viewer, now=LATER)
    assert kept.saved == {"wards"}
    assert Response.objects.get().answers["wards"] == [{"kind": "icu"}, {"kind": "other", "why": "y"}]


# --- Handing in ------------------------------------------------------------------------------------------------------


def test_a_response_that_breaks_a_rule_is_not_handed_in_and_one_that_keeps_all_is(response, manager, monkeypatch):
    monkeypatch.setattr(events, "_handlers", events.defaultdict(list))
    heard = []
    events.subscribe(ResponseSubmitted, heard.append)
    save(response, {"gate": "yes"}, manager)
    with pytest.raises(NotAllowed) as caught:
        submit(response, manager)
    assert refusal(caught) is ResponseRefusal.NOT_COMPLETE
    assert caught.value.refusal.facts["count"] == 1
    assert Response.objects.get().state == ResponseState.DRAFT

    save(response, {"beds": 120}, manager, seen=1)
    submit(response, manager, now=LATER)
    assert Response.objects.get().state == ResponseState.SUBMITTED
    assert [(event.response_id, event.occasion) for event in heard] == [(response.pk, "2026")]
    with pytest.raises(NotAllowed) as caught:
        save(response, {"beds": 1}, manager, seen=9)
    assert refusal(caught) is ResponseRefusal.NOT_OPEN_FOR_ANSWERS


@pytest.mark.parametrize(
    ("verb", "event_type", "more"),
    [
        (services.accept, ResponseAccepted, {}),
        (services.return_for_correction, ResponseReturned, {"reason": "病床数をご確認ください。"}),
    ],
)
def test_later_rooms_hear_what_was_decided(response, manager, inspector, monkeypatch, verb, event_type, more):
    monkeypatch.setattr(events, "_handlers", events.defaultdict(list))
    heard = []
    for each in (ResponseSubmitted, ResponseReturned, ResponseAccepted):
        events.subscribe(each, heard.append)
    handed_in(response, manager)
    decide(verb, response, inspector, **more)
    assert [type(event) for event in heard] == [ResponseSubmitted, event_type]
    submission = Submission.objects.get()
    for event in heard:
        assert (event.response_id, event.submission_id) == (response.pk, submission.pk)
        assert (event.institution_id, event.occasion) == (response.institution_id, "2026")
    assert [event.now for event in heard] == [NOW, LATER]


def test_what_was_handed_in_is_read_by_the_inspector_and_a_draft_is_not(response, manager, inspector, officer):
    assert not Response.objects.visible_to(inspector.viewer).exists()
    assert not Response.objects.visible_to(officer.viewer).exists()
    handed_in(response, manager)
    assert Response.objects.visible_to(inspector.viewer).exists()
    assert Response.objects.visible_to(officer.viewer).exists()


def test_a_returned_response_is_mended_while_outside_what_was_handed_in_stands(response, manager, inspector):
    handed_in(response, manager, beds=120)
    with pytest.raises(NotAllowed) as caught:
        decide(services.return_for_correction, response, inspector, reason="  ")
    assert refusal(caught) is ResponseRefusal.REASON_MISSING
    decide(services.return_for_correction, response, inspector, reason="病床数をご確認ください。")
    seen = Response.objects.get().revision
    save(response, {"beds": 130}, manager, seen=seen, now=LATER)
    mended = Response.objects.get()
    assert queries.answers_for(mended, inspector.viewer)["beds"] == 120
    assert queries.answers_for(mended, manager.viewer)["beds"] == 130
    submit(response, manager, now=LATER)
    assert queries.answers_for(Response.objects.get(), inspector.viewer)["beds"] == 130
    decide(services.accept, response, inspector)
    turns = list(Turn.objects.values_list("state", "reason", "submission__number"))
    assert [(state, number) for state, _, number in turns] == [
        ("draft", None), ("submitted", 1), ("returned", 1), ("submitted", 2), ("accepted", 2),
    ]  # fmt: skip
    assert turns[2][1] == "病床数をご確認ください。"
    assert [found.answers["beds"] for found in Submission.objects.order_by("number")] == [120, 130]


def test_whoever_is_outside_never_meets_the_draft(response, manager, inspector, officer, stranger, executive):
    handed_in(response, manager, beds=120)
    decide(services.return_for_correction, response, inspector, reason="病床数をご確認ください。")
    save(response, {"beds": 130}, manager, seen=Response.objects.get().revision, now=LATER)
    for person in (inspector, officer, executive):
        seen = Response.objects.visible_to(person.viewer).get()
        assert {"answers", "marks"} <= seen.get_deferred_fields()
        assert queries.answers_for(seen, person.viewer)["beds"] == 120
        assert [found.answers["beds"] for found in Submission.objects.visible_to(person.viewer)] == [120]
    assert queries.answers_for(Response.objects.get(), manager.viewer)["beds"] == 130
    assert not Submission.objects.visible_to(stranger.viewer).exists()
    assert queries.answers_for(Response.objects.get(), stranger.viewer) == {}


CALCULATED = """\
  - {question: per_ward, kind: calculate, label: {ja: 病棟当たり}, calculation: "${beds} div 8"}
  - {question: share, kind: calculate, label: {ja: 割合}, calculation: "0 div 0"}
  - {question: huge, kind: calculate, label: {ja: 大きな数}, calculation: "1 div 0"}
  - {question: day, kind: calculate, label: {ja: 入力日}, calculation: "today()"}
  - {question: nul, kind: calculate, label: {ja: 文字}, calculation: "base64-decode('AA==')"}
  - {question: large, kind: calculate, label: {ja: 大規模}, calculation: "${beds} >= 200"}
  - section: wards
    label: {ja: 病棟}
    repeat: true
    items:
      - {question: nurses, kind: number, label: {ja: 看護師数}}
      - {question: twice, kind: calculate, label: {ja: 二倍}, calculation: "${nurses} * 2"}
"""


def test_what_was_worked_out_at_that_moment_stands_in_what_was_handed_in(officer, hospital, manager):
    response = a_response(an_edition(officer, FORM + CALCULATED), hospital, manager)
    save(response, {"wards": [{"nurses": 3}, {"nurses": 4}]}, manager)
    handed_in(response, manager, beds=100, now=datetime(2026, 12, 31, 15, tzinfo=UTC))
    kept = Submission.objects.get().calculated
    assert {(one["question"], *one["rows"]): one["value"] for one in kept} == {
        ("per_ward",): 12.5, ("share",): "NaN", ("huge",): "Infinity", ("day",): "2027-01-01", ("nul",): "\ufffd",
        ("large",): "false", ("twice", 1): 6, ("twice", 2): 8,
    }  # fmt: skip


def test_before_the_first_time_nothing_was_handed_in(response, manager, executive):
    save(response, {"beds": 130}, manager)
    assert queries.handed_in(response) is None
    assert queries.answers_for(response, executive.viewer) == {}
    assert not Submission.objects.visible_to(executive.viewer).exists()


def test_whoever_answered_decides_nothing_and_nothing_is_decided_twice(response, manager, inspector, stranger):
    handed_in(response, manager)
    with pytest.raises(NotAllowed):
        decide(services.accept, response, manager)
    with pytest.raises(Gone):
        decide(services.accept, response, stranger)
    decide(services.accept, response, inspector)
    with pytest.raises(NotAllowed) as caught:
        decide(services.return_for_correction, response, inspector, reason="遅い")
    assert refusal(caught) is ResponseRefusal.NOT_SUBMITTED


def test_the_one_who_handed_it_in_may_not_accept_it_in_another_role():
    by = uuid4()
    decision = response_rules.may_decide(ResponseState.SUBMITTED, by=by, submitted_by=by)
    assert decision.reason is ResponseRefusal.OWN_RESPONSE


def test_the_chain_of_audit_never_holds_an_answer(response, manager):
    handed_in(response, manager, beds=98765)
    said = "".join(str(entry.facts) for entry in Entry.objects.all())
    assert "98765" not in said
    assert Entry.objects.filter(verb="response.submitted").count() == 1


def test_a_flaw_of_the_definition_is_a_problem_of_the_file(officer):
    ring = FORM.replace("relevant: ${gate} = 'yes'", "relevant: ${beds} > 1")
    with pytest.raises(BadInput) as caught:
        an_edition(officer, ring)
    assert DefinitionProblem.CYCLE in {problem.reason for problem in caught.value.problems}


def test_reasons_and_responses_have_a_size():
    assert not response_rules.may_return("長" * 2_001).ok
    assert response_rules.may_return("長" * 2_000).ok
    assert not response_rules.may_grow({"a": "長" * 2_000_000}).ok


def test_an_edition_in_force_from_today_is_answered_today():
    today = date(2026, 4, 1)
    for valid_from, ok in ((today, True), (date(2026, 4, 2), False), (None, True)):
        decision = response_rules.may_open(
            respondent="facility", is_vendor=False, valid_from=valid_from, is_replaced=False, today=today
        )
        assert decision.ok is ok


def test_an_edition_that_is_not_there_is_not_answered(hospital, manager):
    with pytest.raises(Gone):
        services.open_response(uuid4(), institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW)


# --- Many at once ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_many_who_save_at_once_lose_nothing_and_each_conflict_is_told(real_commits, officer, hospital, manager):
    response = a_response(an_edition(officer), hospital, manager)
    told, failures = [], []

    def one(number):
        try:
            kept = save(response, {"remark": f"{number}", "beds": number}, manager, seen=0)
            told.append((number, kept.saved, set(kept.refused)))
        except Exception as error:  # noqa: BLE001 - shown by the test
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    winners = [number for number, saved, _ in told if saved]
    assert len(winners) == 1
    assert all(refused == {"remark", "beds"} for number, _, refused in told if number not in winners)
    found = Response.objects.get(pk=response.pk)
    assert found.answers == {"remark": f"{winners[0]}", "beds": winners[0]}
    assert found.revision == 1


@pytest.mark.slow
def test_of_many_who_publish_an_edition_at_once_each_is_told_and_one_version_is_the_newest(real_commits, officer):
    begin, told = threading.Barrier(6), []

    def one(number):
        begin.wait(30)
        try:
            told.append(an_edition(officer, FORM.replace("備考", f"備考{number}")).pk)
        except Conflict as conflict:
            told.append(conflict.reason)
        except Exception as error:  # noqa: BLE001 - shown by the test
            told.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    newest = Edition.objects.current().get()
    assert set(told) <= {newest.pk, ResponseRefusal.EDITION_REPLACED}
    assert newest.pk in told
    assert newest.digest == hashlib.sha256(queries.content_of(newest)).hexdigest()


def test_who_looked_before_somebody_else_published_replaces_nothing_of_theirs(officer):
    first = an_edition(officer)
    plan = queries.plan_of(first)
    with pytest.raises(Conflict):
        publishing.write(
            plan.instrument, b"other", newest=None, file_name="other.yaml", by=None, now=first.published_at
        )
    assert Edition.objects.current().get() == first
