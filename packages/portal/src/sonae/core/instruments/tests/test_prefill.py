"""What is known is filled in before anybody answers, and says so; evidence that speaks against an answer is shown."""

import io
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from openpyxl import load_workbook

from sonae.core.assurance import catalogue
from sonae.core.assurance import queries as assurance_queries
from sonae.core.assurance import services as assurance
from sonae.core.assurance.models import Evidence
from sonae.core.assurance.vocabulary import (
    ControlState,
    EvidenceFacts,
    Said,
    Source,
    SourceKind,
    Standing,
    StatedDays,
    Strength,
)
from sonae.core.assurance.vocabulary import Finding as Word
from sonae.core.instruments import contradictions, known, offered, register_facts, services, testing, yaml_loader
from sonae.core.instruments.models import Response
from sonae.core.instruments.pages import beside
from sonae.core.instruments.services import declaring
from sonae.core.instruments.vocabulary import DefinitionProblem, Origin, YesNo
from sonae.core.instruments.xlsform import reader, writer
from sonae.kernel import calendar
from sonae.kernel.ids import new_id
from sonae.testing.cast import NOW

FORM = """\
id: survey
edition: "R8"
title: {ja: 調査, en: Survey}
respondent: facility
fiscal_year: 2026
default_language: ja
source: {ja: 試験用, en: For tests, as_of: 2026-11-22, unverified: true}
items:
  - {question: beds, kind: number, label: {ja: 病床数}, whole: true, prefill: register.licensed_beds}
  - {question: mfa, kind: yes_no, label: {ja: 二要素認証}, controls: [mfa], prefill: evidence.mfa}
  - {question: remark, kind: text, label: {ja: 備考}, prefill: earlier}
  - {question: patched, kind: yes_no, label: {ja: 更新}, controls: [patching]}
  - question: ledger
    kind: yes_no
    label: {ja: 台帳}
    dates: {rounds: 1}
"""
LATER = NOW + timedelta(days=1)
LOOKED_AT = {"answer": "yes", "checked_on": ["2026-05-01"]}


def begun(officer, manager, hospital, *, form=FORM, now=NOW, occasion="2026"):
    edition = testing.an_edition(by=officer.viewer, now=now, form=form)
    return services.open_response(edition.pk, institution_id=hospital.pk, occasion=occasion, by=manager.viewer, now=now)


def evidence(hospital, control, *, finding=Word.IN_PLACE, since=NOW - timedelta(days=3), until=None):
    source = Source(SourceKind.INSPECTION, f"{control}-{finding}")
    said = Said(
        control=control, institution_id=hospital.pk, source=source, strength=Strength.INSPECTED, since=since,
        until=until, finding=finding,
    )  # fmt: skip
    return assurance.record_evidence(said, by=None, now=NOW)


def save(response, answers, manager, *, now=NOW):
    seen = Response.objects.get(pk=response.pk).revision
    return services.save_answers(response.pk, answers, seen=seen, by=manager.viewer, now=now)


# --- Sources ---------------------------------------------------------------------------------------------------------


def test_what_the_register_and_evidence_know_is_there_when_a_response_is_begun(officer, manager, hospital):
    evidence(hospital, "mfa")
    response = begun(officer, manager, hospital)
    assert response.answers == {"beds": hospital.licensed_beds, "mfa": "yes"}
    beds, mfa = response.mark("beds"), response.mark("mfa")
    assert (beds.origin, beds.source, beds.by, beds.is_looked_at) == (Origin.REGISTER, "licensed_beds", None, False)
    assert beds.as_of == hospital.licensed_beds_as_of
    assert (mfa.origin, mfa.source, mfa.as_of) == (Origin.EVIDENCE, "mfa", (NOW - timedelta(days=3)).date())
    assert offered.unlooked(response) == ["beds", "mfa"]


def test_a_fact_of_the_register_is_called_by_its_words_on_the_page_the_sheet_and_in_the_workbook(
    officer, manager, hospital
):
    response = begun(officer, manager, hospital)
    for name in ("page", "sheet"):
        more = [1] if name == "page" else []
        page = manager.client.get(reverse(f"instruments:{name}", args=[response.pk, *more])).text
        assert "Licensed beds" in page
        assert "licensed_beds" not in page
    mark = Response.objects.get(pk=response.pk).mark("beds")
    for language, title in (("ja", "許可病床数"), ("en", "Licensed beds")):
        with translation.override(language):
            assert f": {title}" in beside.origin_words(mark)
            by_proxy = beside.origin_words(replace(mark, source="licensed_beds / 県"))
            assert f": {title} / 県" in by_proxy
    for name in known.sources():
        kind, _dot, fact = name.partition(".")
        assert kind != "register" or register_facts.title_of(fact) != fact


def test_an_edition_without_sources_begins_as_it_always_did(officer, manager, hospital):
    response = begun(officer, manager, hospital, form=testing.FORM)
    assert (response.answers, response.revision) == ({}, 0)


def test_what_a_person_answered_is_never_written_over_and_what_they_emptied_stays_empty(officer, manager, hospital):
    response = begun(officer, manager, hospital)
    kept = services.save_answers(response.pk, {"beds": 77}, seen=0, by=manager.viewer, now=NOW)
    assert kept.refused == {}
    assert services.prefill(response.pk, by=manager.viewer, now=LATER) == frozenset()
    save(response, {"beds": None}, manager)
    assert services.prefill(response.pk, by=manager.viewer, now=LATER) == frozenset()
    assert Response.objects.get().answers["beds"] is None


def test_sources_are_asked_again_on_demand(officer, manager, hospital):
    response = begun(officer, manager, hospital)
    assert "mfa" not in response.answers
    evidence(hospital, "mfa", finding=Word.ABSENT)
    assert services.prefill(response.pk, by=manager.viewer, now=LATER) == {"mfa"}
    assert Response.objects.get().answers["mfa"] == "no"
    assert services.prefill(response.pk, by=manager.viewer, now=LATER) == frozenset()


def test_the_answer_of_the_edition_before_is_offered_to_the_same_question(officer, manager, hospital):
    before = FORM.replace('"R8"', '"R7"').replace("prefill: earlier", "").replace("}, }", "}}")
    earlier = begun(officer, manager, hospital, form=before, occasion="2025")
    said = {"answer": "no", "checked_on": ["2026-05-01"], "target_on": "2027-03-31"}
    save(earlier, {"remark": "昨年の備考", "ledger": said, "beds": 1}, manager)
    services.submit(earlier.pk, seen=Response.objects.get(pk=earlier.pk).revision, by=manager.viewer, now=NOW)
    response = begun(officer, manager, hospital, now=LATER)
    mark = response.mark("remark")
    assert (response.answers["remark"], mark.origin, mark.source) == ("昨年の備考", Origin.EARLIER_RESPONSE, "R7")
    # A row of the checklist is not filled in: it is shown what was said, with its target date.
    assert "ledger" not in response.answers
    page = manager.client.get(reverse("instruments:page", args=[response.pk, 1])).content.decode()
    assert "R7" in page
    assert "31 Mar 2027" in page


def test_what_was_handed_in_on_an_occasion_before_is_offered_under_the_same_edition(officer, manager, hospital):
    earlier = begun(officer, manager, hospital, occasion="2025")
    save(earlier, {"remark": "昨年の備考", "mfa": "no", "patched": "yes", "ledger": LOOKED_AT}, manager)
    seen = Response.objects.get(pk=earlier.pk).revision
    services.submit(earlier.pk, seen=seen, by=manager.viewer, now=NOW)
    response = begun(officer, manager, hospital, now=LATER, occasion="2026")
    assert response.pk != earlier.pk
    assert response.answers["remark"] == "昨年の備考"
    # The one that came first has nothing before it, although the other is newer.
    assert offered.earlier_of(Response.objects.get(pk=earlier.pk)) is None


def test_the_next_source_is_asked_where_the_one_before_it_knows_nothing(officer, manager, hospital):
    several = FORM.replace("controls: [mfa], prefill: evidence.mfa", "prefill: evidence.mfa earlier")
    earlier = begun(officer, manager, hospital, form=several, occasion="2025")
    save(earlier, {"mfa": "no", "patched": "yes", "ledger": LOOKED_AT}, manager)
    seen = Response.objects.get(pk=earlier.pk).revision
    services.submit(earlier.pk, seen=seen, by=manager.viewer, now=NOW)
    response = begun(officer, manager, hospital, form=several, now=LATER)
    assert (response.answers["mfa"], response.mark("mfa").origin) == ("no", Origin.EARLIER_RESPONSE)
    evidence(hospital, "mfa")
    assert offered.offers_of(response, now=LATER)["mfa"].origin is Origin.EVIDENCE


def test_many_rows_of_evidence_are_asked_for_in_one_query(officer, manager, hospital):
    more = "".join(
        f"  - {{question: more_{number}, kind: yes_no, label: {{ja: 設問}}, prefill: evidence.{control}}}\n"
        for number, control in enumerate(["patching", "backup.offline", "bcp"])
    )
    counted = {}
    for form in (FORM, FORM + more):
        response = begun(officer, manager, hospital, form=form, occasion=f"{len(form)}")
        with CaptureQueriesContext(connection) as asked:
            offered.offers_of(response, now=NOW)
        counted[form] = sum("assurance_evidence" in one["sql"] for one in asked)
    assert set(counted.values()) == {1}


def test_a_day_is_that_since_which_a_control_is_in_place(officer, manager, hospital):
    asked = "  - {question: on, kind: date, label: {ja: 実施日}, prefill: evidence.mfa}\n"
    response = begun(officer, manager, hospital, form=FORM + asked)
    assert "on" not in offered.offers_of(response, now=NOW)
    evidence(hospital, "mfa", since=NOW - timedelta(days=3))
    assert offered.offers_of(response, now=NOW)["on"].value == (NOW - timedelta(days=3)).date().isoformat()


TRAINING = """\
  - {question: trained, kind: yes_no, label: {ja: 研修}, controls: [training.yearly], prefill: evidence.training.yearly}
  - question: trained_on
    kind: date
    label: {ja: 研修の実施日}
    relevant: ${trained} = 'yes'
    prefill: evidence.training.yearly
  - question: looked
    kind: yes_no
    label: {ja: 管理者}
    controls: [bcp]
    prefill: evidence.bcp
    dates: {rounds: 1}
  - {question: drilled_on, kind: date, label: {ja: 訓練の実施日}, prefill: evidence.bcp}
"""
SAID = {"mfa": "no", "patched": "yes", "ledger": LOOKED_AT, "looked": LOOKED_AT, "trained": "yes"}


@pytest.mark.parametrize("trained_on", ["2026-05-20", None])
def test_the_day_that_is_filled_in_is_the_one_that_an_answer_stated_and_never_that_of_handing_it_in(
    officer, manager, hospital, trained_on
):
    form = FORM + TRAINING
    earlier = begun(officer, manager, hospital, form=form, occasion="2025")
    save(earlier, SAID, manager)
    save(earlier, {"trained_on": trained_on}, manager)
    seen = Response.objects.get(pk=earlier.pk).revision
    services.submit(earlier.pk, seen=seen, by=manager.viewer, now=NOW)
    response = begun(officer, manager, hospital, form=form, now=LATER)
    assert response.answers["trained"] == "yes"
    assert response.answers.get("trained_on") == trained_on
    # On which day somebody looked is said of a row of the checklist, and is no day on which something was done.
    assert response.answers["looked"] == LOOKED_AT
    assert "drilled_on" not in response.answers
    # The word itself stands from the moment in which it was handed in; its page says the day that it names.
    filed = Evidence.objects.get(control="bcp")
    assert (filed.since, filed.stated().named_day) == (NOW, date(2026, 5, 1))
    assert "1 May 2026" in manager.client.get(reverse("assurance:evidence", args=[filed.pk])).text
    # It is fresh for so many days after that day, and the list says the day as well.
    control = assurance_queries.subject("bcp")
    assert filed.until == calendar.start_of(date(2026, 5, 1)) + timedelta(days=control.lasts_days)
    assert "1 May 2026" in manager.client.get(reverse("assurance:list")).text


@pytest.mark.parametrize(
    ("stated", "until"),
    [
        (StatedDays(done_on=date(2026, 5, 1)), calendar.start_of(date(2026, 5, 1)) + timedelta(days=365)),
        (StatedDays(checked_on=date(2026, 5, 1)), calendar.start_of(date(2026, 5, 1)) + timedelta(days=365)),
        (StatedDays(), NOW + timedelta(days=365)),
        # Too long ago when it is said: on record, and expired at once.
        (StatedDays(done_on=date(2019, 5, 1)), NOW + timedelta(seconds=1)),
    ],
)
def test_a_word_is_fresh_from_the_day_that_it_names(stated, until):
    assert declaring.fresh_until(stated, 365, said_at=NOW) == until


def test_what_is_not_asked_is_filled_in_when_the_answer_before_it_opens_it(officer, manager, hospital):
    evidence(hospital, "mfa")
    beds = "prefill: register.licensed_beds"
    form = FORM.replace(beds, f"{beds}, relevant: \"${{gate}} = 'yes'\"")
    form += "  - {question: gate, kind: yes_no, label: {ja: 運用}}\n"
    response = begun(officer, manager, hospital, form=form)
    assert response.answers == {"mfa": "yes"}
    save(response, {"gate": "no", "remark": "備考"}, manager)
    assert "beds" not in Response.objects.get(pk=response.pk).answers
    save(response, {"gate": "yes"}, manager)
    response.refresh_from_db()
    assert (response.answers["beds"], response.mark("beds").origin) == (hospital.licensed_beds, Origin.REGISTER)
    assert not response.mark("beds").is_looked_at
    # What a person emptied stays empty, however often the question is opened.
    save(response, {"beds": None}, manager)
    save(response, {"gate": "no"}, manager)
    save(response, {"gate": "yes"}, manager)
    assert Response.objects.get(pk=response.pk).answers["beds"] is None


def test_what_is_filled_in_opens_what_is_filled_in_next(officer, manager, hospital):
    evidence(hospital, "mfa")
    beds = "prefill: register.licensed_beds"
    form = FORM.replace(beds, f"{beds}, relevant: \"${{mfa}} = 'yes'\"")
    assert begun(officer, manager, hospital, form=form).answers["beds"] == hospital.licensed_beds


def test_no_day_is_offered_for_what_is_absent(officer, manager, hospital):
    asked = "  - {question: on, kind: date, label: {ja: 実施日}, prefill: evidence.mfa}\n"
    evidence(hospital, "mfa", finding=Word.ABSENT)
    assert set(begun(officer, manager, hospital, form=FORM + asked).answers) == {"beds", "mfa"}


def test_evidence_that_stays_inside_is_offered_to_nobody(officer, manager, hospital):
    inside = min(catalogue.kept_inside())
    evidence(hospital, inside)
    response = begun(officer, manager, hospital, form=FORM.replace("evidence.mfa", f"evidence.{inside}"))
    assert "mfa" not in offered.offers_of(response, now=NOW)
    assert "mfa" not in Response.objects.get(pk=response.pk).answers


def test_a_vendor_is_offered_no_evidence_of_the_hospital(officer, manager, hospital):
    from_evidence = testing.VENDOR_FORM.replace("kind: text", "kind: yes_no\n        prefill: evidence.mfa")
    assert "evidence.mfa" in from_evidence
    evidence(hospital, "mfa")
    edition = testing.an_edition(by=officer.viewer, now=NOW, form=from_evidence)
    response = Response(edition=edition, institution=hospital, vendor_id=1)
    assert offered.offers_of(response, now=NOW) == {}
    assert set(offered.offers_of(Response(edition=edition, institution=hospital), now=NOW)) == {"remark"}


def test_an_offer_that_the_question_would_not_take_is_none(officer, manager, hospital):
    response = begun(
        officer, manager, hospital, form=FORM.replace("whole: true", f"most: {hospital.licensed_beds - 1}")
    )
    assert "beds" not in response.answers


def test_a_source_that_nobody_brings_and_a_question_that_takes_none_are_faults_of_the_file():
    faults = yaml_loader.load(FORM.replace("register.licensed_beds", "register.colour").encode())
    assert [fault.reason for fault in faults] == [DefinitionProblem.PREFILL_UNKNOWN]
    assert faults[0].header == "items.0.prefill" or "prefill" in faults[0].header
    faults = yaml_loader.load(FORM.replace("evidence.mfa", "evidence.magic").encode(), controls=["mfa", "patching"])
    assert [fault.reason for fault in faults] == [DefinitionProblem.PREFILL_UNKNOWN]
    faults = yaml_loader.load(FORM.replace("kind: text,", "kind: file,").encode())
    assert [fault.reason for fault in faults] == [DefinitionProblem.NEVER_PREFILLED]


def test_a_workbook_of_the_form_keeps_the_sources():
    instrument = yaml_loader.load(FORM.encode())
    again = reader.read(writer.write(instrument), name="survey.xlsx")
    assert [item.prefill for item in again.items] == [item.prefill for item in instrument.items]


def test_two_rooms_cannot_bring_one_source():
    with pytest.raises(AssertionError, match=r"register\.kind"):
        known.bring("register.kind", lambda _institution, _now: None)


# --- Looking at it ---------------------------------------------------------------------------------------------------


def test_what_nobody_looked_at_is_said_before_submission_until_somebody_does(officer, manager, hospital):
    response = begun(officer, manager, hospital)
    overview = reverse("instruments:response", args=[response.pk])
    assert "filled in beforehand" in manager.client.get(overview).content.decode()
    address = reverse("instruments:page", args=[response.pk, 1])
    page = manager.client.get(address).content.decode()
    assert 'name="looked:beds"' in page
    assert "Taken from the register" in page
    shown = re.search(r'name="was:beds" value="([^"]+)"', page)[1]
    manager.client.post(address, {"was:beds": shown, "answer:beds": hospital.licensed_beds, "looked:beds": "1"})
    found = Response.objects.get()
    mark = found.mark("beds")
    assert offered.unlooked(found) == []
    assert (mark.by, mark.origin) == (manager.account.pk, Origin.REGISTER)
    assert "filled in beforehand" not in manager.client.get(overview).content.decode()


def test_looking_keeps_where_the_answer_came_from_and_says_who_looked(officer, manager, hospital):
    response = begun(officer, manager, hospital)
    assert services.look_at(response.pk, ["beds", "remark"], by=manager.viewer, now=LATER) == {"beds"}
    mark = Response.objects.get().mark("beds")
    assert (mark.by, mark.at, mark.origin, mark.is_looked_at) == (manager.account.pk, LATER, Origin.REGISTER, True)
    assert services.look_at(response.pk, ["beds"], by=manager.viewer, now=LATER) == frozenset()


def test_the_workbook_says_where_an_answer_comes_from(officer, manager, hospital):
    response = begun(officer, manager, hospital)
    file = manager.client.get(reverse("instruments:workbook-file", args=[response.pk])).content
    sheet = load_workbook(io.BytesIO(file)).worksheets[0]
    told = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value]
    assert any("Taken from the register" in text for text in told)


# --- Contradictions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("standing", list(Standing))
@pytest.mark.parametrize("said", [*YesNo, None, 3])
def test_a_yes_is_doubted_by_what_is_missing_or_stale_and_a_no_by_what_is_in_place(said, standing):
    facts = EvidenceFacts(new_id(), Source(SourceKind.PERSON, "x"), Strength.DECLARED, Word.IN_PLACE, NOW, None, NOW)
    found = contradictions.against(said, [("mfa", ControlState(standing, facts))])
    doubted = {
        YesNo.YES: {Standing.ABSENT, Standing.PARTLY, Standing.EXPIRED},
        YesNo.NO: {Standing.IN_PLACE},
    }.get(said, set())
    assert [one.control for one in found] == (["mfa"] if standing in doubted else [])


def test_evidence_against_an_answer_is_shown_on_page_sheet_and_overview_and_refuses_nothing(
    officer, manager, inspector, hospital
):
    evidence(hospital, "patching", finding=Word.ABSENT)
    response = begun(officer, manager, hospital)
    save(response, {"patched": "yes"}, manager)
    for name, *more in (("page", 1), ("sheet",), ("response",)):
        page = manager.client.get(reverse(f"instruments:{name}", args=[response.pk, *more])).content.decode()
        assert "The evidence says otherwise" in page, name
    services.submit(response.pk, seen=Response.objects.get().revision, by=manager.viewer, now=NOW)
    sheet = inspector.client.get(reverse("instruments:sheet", args=[response.pk])).content.decode()
    assert "The evidence says otherwise" in sheet
