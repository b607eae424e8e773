"""How two editions compare: proposed from ids and texts, established by a file or a person, and what rests on it."""

import csv
import io
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from itertools import pairwise
from threading import Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse

from sonae.core.assurance.vocabulary import DataFileProblem
from sonae.core.audit.models import Entry
from sonae.core.instruments import comparisons, map_file, services, testing, yaml_loader, year_maps
from sonae.core.instruments.models import ConfirmedPair, Edition, Response
from sonae.core.instruments.services import Said
from sonae.core.instruments.testing import FORM
from sonae.core.instruments.vocabulary import Basis, Comparison, MapRefusal, Origin
from sonae.kernel.errors import BadInput, NotAllowed
from sonae.testing.cast import NOW

LAST = FORM.replace("label: {ja: 備考}", "label: {ja: 備考}\n        prefill: earlier").replace(
    "label: {ja: 病床数}", "label: {ja: 病床数}\n        prefill: earlier"
)
THIS = (
    LAST.replace('edition: "2026"', 'edition: "2027"')
    .replace("fiscal_year: 2026", "fiscal_year: 2027")
    .replace("ja: 病床数", "ja: 許可病床数")
    .replace("question: plan", "question: plans")
)


@pytest.fixture
def editions(officer):
    return [testing.an_edition(by=officer.viewer, now=NOW, form=form) for form in (LAST, THIS)]


def loaded(form):
    return yaml_loader.load(form.encode())


def why(refused):
    return [one.reason for one in refused.value.problems]


# --- Proposals -------------------------------------------------------------------------------------------------------


def test_one_id_with_the_same_text_is_proposed_as_the_same_with_another_as_reworded_and_no_id_as_nothing():
    found = year_maps.proposals(loaded(LAST), loaded(THIS))
    assert {id_: pair.comparison for id_, pair in found.items()} == {
        "gate": Comparison.SAME, "beds": Comparison.REWORDED, "remark": Comparison.SAME,
    }  # fmt: skip
    assert {pair.basis for pair in found.values()} == {Basis.PROPOSED}


def test_other_options_of_the_same_text_are_not_the_same_question():
    choices = "choices:\n  - name: kinds\n    choices: [{value: a, label: {ja: 甲}}, {value: b, label: {ja: OPTION}}]\n"
    asked = "\n  - {question: kind, kind: single, choices: kinds, label: {ja: 種別}}\n"
    one, other = (loaded(choices.replace("OPTION", text) + FORM.rstrip() + asked) for text in ("乙", "丙"))
    assert year_maps.proposals(one, one)["kind"].comparison is Comparison.SAME
    assert year_maps.proposals(one, other)["kind"].comparison is Comparison.REWORDED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("least: 0", "least: 0\n        unit: {ja: 床}"),
        ("least: 0", "least: 400"),
        ("label: {ja: 病床数}", "label: {ja: 病床数}\n        hint: {ja: 許可病床に限る}"),
        ("label: {ja: 病床数}", "label: {ja: 病床数}\n        relevant: ${gate} = 'no'"),
        ("relevant: ${gate} = 'yes'", "relevant: ${gate} = 'no'"),
    ],
)
def test_another_unit_bound_definition_or_circle_of_whom_is_asked_is_not_the_same_question(old, new):
    assert old in FORM, "the form asks so"
    one, other = loaded(FORM), loaded(FORM.replace(old, new))
    assert year_maps.proposals(one, one)["beds"].comparison is Comparison.SAME
    assert year_maps.proposals(one, other)["beds"].comparison is Comparison.REWORDED
    assert year_maps.proposals(one, other)["gate"].comparison is Comparison.SAME


def test_a_proposal_is_nothing_that_figures_rest_on_until_somebody_confirms_it(officer, editions):
    earlier, later = editions
    assert comparisons.established("readiness", "2026", "2027", "remark") is None
    assert services.confirm_same(earlier, later, by=officer.viewer, now=NOW) == 2
    pair = comparisons.established("readiness", "2026", "2027", "remark")
    assert (pair.comparison, pair.basis, pair.confirmed_by) == (
        Comparison.SAME, Basis.CONFIRMED, officer.account.pk
    )  # fmt: skip
    assert comparisons.established("readiness", "2026", "2027", "beds") is None
    with pytest.raises(NotAllowed) as found:
        services.confirm_same(earlier, later, by=officer.viewer, now=NOW)
    assert found.value.refusal.reason is MapRefusal.NOTHING_TO_CONFIRM
    assert Entry.objects.filter(verb="instrument.compare").count() == 2


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said("none", "beds", Comparison.SAME), MapRefusal.QUESTION_UNKNOWN),
        (Said("beds", "none", Comparison.SAME), MapRefusal.QUESTION_UNKNOWN),
        (Said("beds", "", Comparison.SAME), MapRefusal.QUESTION_MISSING),
        (Said("beds", "beds", Comparison.REWORDED), MapRefusal.WHY_MISSING),
        (Said("beds", "", Comparison.NOT_COMPARABLE, " "), MapRefusal.WHY_MISSING),
        (Said("beds", "beds", Comparison.REWORDED, "長" * 501), MapRefusal.WHY_TOO_LONG),
    ],
)
def test_what_cannot_be_said_of_two_questions_is_refused(officer, editions, said, reason):
    with pytest.raises(NotAllowed) as found:
        services.confirm_pair(*editions, said, by=officer.viewer, now=NOW)
    assert found.value.refusal.reason is reason
    assert not ConfirmedPair.objects.exists()


def test_only_an_earlier_edition_of_the_same_instrument_has_a_map_and_only_the_ministry_establishes(
    officer, manager, editions
):
    earlier, later = editions
    said = Said("remark", "remark", Comparison.SAME)
    for pair, by in (((later, earlier), officer), ((earlier, earlier), officer), ((earlier, later), manager)):
        with pytest.raises(NotAllowed):
            services.confirm_pair(*pair, said, by=by.viewer, now=NOW)
    assert manager.client.get(reverse("instruments:map", args=[earlier.pk, later.pk])).status_code == 404


# --- What comes with Sonae -------------------------------------------------------------------------------------------


def test_the_surveys_have_a_file_and_the_checklists_say_that_none_is_there(officer):
    services.load_shipped(now=NOW)
    for name in ("checklist-facility", "checklist-pharmacy", "checklist-vendor", "hospital-survey"):
        editions = list(Edition.objects.current().filter(instrument=name).order_by("rank"))
        assert len(editions) >= 3
        for earlier, later in pairwise(editions):
            found = comparisons.map_of(earlier, later)
            assert found.is_shipped is (name == "hospital-survey")
            if not found.is_shipped:
                assert {one.basis for one in found.pairs.values()} == {Basis.PROPOSED}
                page = officer.client.get(reverse("instruments:map", args=[later.pk, earlier.pk])).text
                assert "No table about these two editions comes with Sonae." in page
                assert "To be confirmed" in page


def test_every_mistake_in_the_files_that_come_along_is_named_with_file_line_and_field(tmp_path):
    pair = "{earlier: R1, later: R2, question: a, became: a, comparison: COMPARISON, why: {ja: 甲, en: A}}"
    for name, row in (("a.yaml", pair), ("b.yaml", pair.replace("became: a, ", ""))):
        text = f"instrument: form\neditions: []\npairs:\n  - {row.replace('COMPARISON', 'equal')}\n"
        (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(BadInput) as found:
        year_maps.read(sorted(tmp_path.glob("*.yaml")))
    assert [(one.file, one.line, one.field, one.reason) for one in found.value.problems] == [
        ("a.yaml", 4, "pairs[1].comparison", DataFileProblem.NOT_A_CHOICE),
        ("b.yaml", 4, "pairs[1].became", DataFileProblem.FIELD_MISSING),
        ("b.yaml", 4, "pairs[1].comparison", DataFileProblem.NOT_A_CHOICE),
        ("b.yaml", 1, "id", DataFileProblem.ID_TWICE),
    ]  # fmt: skip


def test_what_a_person_says_stands_over_the_file(officer):
    services.load_shipped(now=NOW)
    earlier, later = (Edition.objects.get(instrument="hospital-survey", edition=name) for name in ("R6", "R7"))
    before = comparisons.established("hospital-survey", "R6", "R7", "security_manager")
    assert before.basis is Basis.SHIPPED
    said = Said(
        "security_manager", "security_manager", Comparison.NOT_COMPARABLE, "対象が変わったため", "Others are asked"
    )
    services.confirm_pair(earlier, later, said, by=officer.viewer, now=NOW)
    found = comparisons.established("hospital-survey", "R6", "R7", "security_manager")
    assert (found.comparison, found.why.en) == (Comparison.NOT_COMPARABLE, "Others are asked")


# --- Answers of the year before --------------------------------------------------------------------------------------


def answered(hospital, manager, edition):
    response = services.open_response(
        edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW
    )
    said = {"gate": "yes", "beds": 120, "remark": "昨年の備考"}
    kept = services.save_answers(response.pk, said, seen=0, by=manager.viewer, now=NOW)
    services.submit(response.pk, seen=kept.response.revision, by=manager.viewer, now=NOW)


def begun(hospital, manager, edition):
    found = services.open_response(edition.pk, institution_id=hospital.pk, occasion="2027", by=manager.viewer, now=NOW)
    # Only what is asked is filled in, and nothing is asked before this.
    services.save_answers(found.pk, {"gate": "yes"}, seen=found.revision, by=manager.viewer, now=NOW)
    return Response.objects.get(edition=edition)


def test_an_answer_is_taken_over_and_marked_where_the_question_has_other_words(hospital, manager, editions):
    answered(hospital, manager, editions[0])
    response = begun(hospital, manager, editions[1])
    assert (response.answers["remark"], response.mark("remark").origin) == ("昨年の備考", Origin.EARLIER_RESPONSE)
    assert (response.answers["beds"], response.mark("beds").origin) == (120, Origin.EARLIER_REWORDED)
    page = manager.client.get(reverse("instruments:page", args=[response.pk, 2])).text
    assert "Earlier response, to a question in other words: 2026" in page
    assert 'value="120"' in page


def test_no_answer_is_taken_over_nor_shown_where_two_questions_do_not_compare(hospital, manager, officer, editions):
    said = Said("beds", "beds", Comparison.NOT_COMPARABLE, "定義が変わったため")
    services.confirm_pair(*editions, said, by=officer.viewer, now=NOW)
    answered(hospital, manager, editions[0])
    response = begun(hospital, manager, editions[1])
    assert "beds" not in response.answers
    assert 'value="120"' not in manager.client.get(reverse("instruments:page", args=[response.pk, 2])).text


def test_an_answer_follows_a_question_that_got_another_id(hospital, manager, officer, editions):
    said = Said("remark", "beds", Comparison.REWORDED, "試験")
    services.confirm_pair(*editions, said, by=officer.viewer, now=NOW)
    answered(hospital, manager, editions[0])
    assert "remark" not in begun(hospital, manager, editions[1]).answers, "a number is no text"


# --- Forms that are changed after they were confirmed ----------------------------------------------------------------


def test_what_was_confirmed_of_a_question_that_is_changed_afterwards_holds_no_more(officer, editions):
    earlier, later = editions
    services.confirm_same(earlier, later, by=officer.viewer, now=NOW)
    reworded = testing.an_edition(by=officer.viewer, now=NOW, form=THIS.replace("ja: 備考", "ja: 困っていること"))
    assert reworded.pk == later.pk, "nobody has answered it"
    assert comparisons.established("readiness", "2026", "2027", "remark") is None
    assert comparisons.established("readiness", "2026", "2027", "gate").comparison is Comparison.SAME
    found = comparisons.map_of(earlier, reworded)
    assert (found.pairs["remark"].comparison, found.pairs["remark"].is_outdated) == (Comparison.REWORDED, True)
    assert not found.word_for_word
    page = officer.client.get(reverse("instruments:map", args=[later.pk, earlier.pk])).text
    assert "To be confirmed anew" in page
    assert "One of the two questions was changed since." in page
    told = officer.client.get(f"/api/v1/instruments/{later.pk}/since/{earlier.pk}").json()["pairs"]
    assert [one["became"] for one in told if one["is_outdated"]] == ["remark"]
    said = Said("remark", "remark", Comparison.REWORDED, "問いを変えたため", "", found.seen("remark"))
    services.confirm_pair(earlier, reworded, said, by=officer.viewer, now=NOW)
    assert comparisons.established("readiness", "2026", "2027", "remark").comparison is Comparison.REWORDED


def test_a_next_version_that_changes_other_questions_keeps_what_was_confirmed(hospital, manager, officer, editions):
    earlier, later = editions
    services.confirm_same(earlier, later, by=officer.viewer, now=NOW)
    begun(hospital, manager, later)
    corrected = testing.an_edition(by=officer.viewer, now=NOW, form=THIS.replace("ja: 許可病床数", "ja: 一般病床数"))
    assert corrected.version == 2
    assert comparisons.established("readiness", "2026", "2027", "remark").comparison is Comparison.SAME


def test_what_does_not_compare_is_not_taken_over_because_its_question_was_changed(officer, editions):
    earlier, later = editions
    said = Said("remark", "remark", Comparison.NOT_COMPARABLE, "定義が変わったため")
    services.confirm_pair(earlier, later, said, by=officer.viewer, now=NOW)
    changed = testing.an_edition(by=officer.viewer, now=NOW, form=THIS.replace("ja: 備考", "ja: 困っていること"))
    pair = comparisons.map_of(earlier, changed).pairs["remark"]
    assert (pair.is_established, pair.takes_over) == (False, False)


# --- Two officers ----------------------------------------------------------------------------------------------------


@contextmanager
def changed_meanwhile():
    with pytest.raises(NotAllowed) as found:
        yield
    assert found.value.refusal.reason is MapRefusal.CHANGED_MEANWHILE


def test_what_a_colleague_established_since_the_page_was_opened_is_not_overwritten(officer, editions):
    earlier, later = editions
    theirs = Said("beds", "beds", Comparison.NOT_COMPARABLE, "定義が変わったため")
    mine = Said("beds", "beds", Comparison.REWORDED, "許可病床に限ったため")
    stands = services.confirm_pair(earlier, later, theirs, by=officer.viewer, now=NOW)
    with changed_meanwhile():
        services.confirm_pair(earlier, later, mine, by=officer.viewer, now=NOW + timedelta(minutes=1))
    stands.refresh_from_db()
    assert stands.comparison == Comparison.NOT_COMPARABLE
    seen = comparisons.map_of(earlier, later).seen("beds")
    services.confirm_pair(earlier, later, replace(mine, seen=seen), by=officer.viewer, now=NOW + timedelta(minutes=1))
    with changed_meanwhile():
        services.confirm_pair(earlier, later, replace(theirs, seen=seen), by=officer.viewer, now=NOW)


def test_the_page_and_the_api_say_that_a_colleague_was_faster(officer, editions):
    earlier, later = editions
    page = reverse("instruments:pair", args=[later.pk, earlier.pk, "beds"])
    services.confirm_pair(earlier, later, Said("beds", "beds", Comparison.SAME), by=officer.viewer, now=NOW)
    said = {"question": "beds", "comparison": "reworded", "why_ja": "許可病床に限ったため"}
    late = officer.client.post(page, said | {"seen": ""})
    assert late.status_code == 422
    assert "Somebody else established this meanwhile." in late.text
    seen = comparisons.map_of(earlier, later).seen("beds")
    assert f'name="seen" value="{seen}"' in officer.client.get(page).text
    address = f"/api/v1/instruments/{later.pk}/since/{earlier.pk}"
    told = officer.client.get(address).json()["pairs"][1]
    body = {"became": "beds", "question": "beds", "comparison": "reworded", "why_ja": "許可病床に限ったため"}
    refused = officer.client.post(address, body, content_type="application/json")
    assert (refused.status_code, refused.json()["reason"]) == (403, "map_changed_meanwhile")
    kept = officer.client.post(address, body | {"seen": told["seen"]}, content_type="application/json").json()
    assert kept["pairs"][1]["comparison"] == "reworded"


def test_a_table_of_last_week_does_not_undo_what_was_put_right_since(officer, editions):
    earlier, later = editions
    services.confirm_pair(earlier, later, Said("beds", "beds", Comparison.SAME), by=officer.viewer, now=NOW)
    table = reverse("instruments:map-file", args=[later.pk, earlier.pk])
    last_week = officer.client.get(table).content
    right = Said("beds", "beds", Comparison.NOT_COMPARABLE, "定義が変わったため", "", NOW.astimezone(UTC).isoformat())
    services.confirm_pair(earlier, later, right, by=officer.viewer, now=NOW + timedelta(days=7))
    with pytest.raises(BadInput) as found:
        services.take_map(earlier, later, last_week, file_name="a.csv", by=officer.viewer, now=NOW)
    assert [(one.line, one.reason) for one in found.value.problems] == [(3, MapRefusal.CHANGED_MEANWHILE)]
    today = officer.client.get(table).content.replace("定義が変わったため".encode(), "範囲が変わったため".encode(), 1)
    assert services.take_map(earlier, later, today, file_name="a.csv", by=officer.viewer, now=NOW) == 1


@pytest.mark.usefixtures("real_commits")
def test_a_word_that_is_being_said_is_waited_for_and_not_overwritten_as_the_same(officer):
    if connection.vendor != "postgresql":
        pytest.skip("one writer at a time")
    earlier, later = (testing.an_edition(by=officer.viewer, now=NOW, form=form) for form in (LAST, THIS))
    theirs = Said("remark", "remark", Comparison.NOT_COMPARABLE, "定義が変わったため")
    counted = []

    def confirm():
        counted.append(services.confirm_same(earlier, later, by=officer.viewer, now=NOW))
        connection.close()

    mine = Thread(target=confirm)
    with transaction.atomic():
        services.confirm_pair(earlier, later, theirs, by=officer.viewer, now=NOW)
        mine.start()
        mine.join(timeout=0.5)
        assert not counted
    mine.join(timeout=10)
    assert counted == [1]
    assert ConfirmedPair.objects.get(became="remark").comparison == Comparison.NOT_COMPARABLE


# --- The table, the pages, the API -----------------------------------------------------------------------------------


def test_the_table_goes_out_and_comes_back_and_only_what_was_filled_in_is_established(officer, editions):
    earlier, later = editions
    address = reverse("instruments:map-file", args=[later.pk, earlier.pk])
    content = officer.client.get(address).content
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(line["became"], line["question"], line["comparison"], line["basis"]) for line in lines] == [
        ("gate", "gate", "", "proposed: same"), ("beds", "beds", "", "proposed: reworded"),
        ("remark", "remark", "", "proposed: same"), ("plans", "", "", ""),
    ]  # fmt: skip
    lines[1] |= {"comparison": "reworded", "why_ja": "許可病床に限ったため"}
    filled = map_file.write([tuple(line.values()) for line in lines])
    sent = {"file": SimpleUploadedFile("map.csv", filled)}
    officer.client.post(reverse("instruments:take-map", args=[later.pk, earlier.pk]), sent)
    (pair,) = ConfirmedPair.objects.all()
    assert (pair.became, pair.comparison, pair.why_ja) == ("beds", "reworded", "許可病床に限ったため")
    assert services.take_map(earlier, later, filled, file_name="a.csv", by=officer.viewer, now=NOW) == 0


def test_a_table_with_faults_establishes_nothing_and_names_each_with_its_line(officer, editions):
    rows = [("gate", "gate", "same", "", ""), ("beds", "beds", "reworded", "", ""), ("zzz", "", "same", "", "")]
    content = map_file.write([(*row, "", "", "") for row in rows])
    with pytest.raises(BadInput) as found:
        services.take_map(*editions, content, file_name="a.csv", by=officer.viewer, now=NOW)
    assert [(one.line, one.reason) for one in found.value.problems] == [
        (3, MapRefusal.WHY_MISSING), (4, MapRefusal.QUESTION_UNKNOWN)
    ]  # fmt: skip
    assert not ConfirmedPair.objects.exists()


def test_a_table_comes_back_as_a_japanese_excel_keeps_it(officer, editions):
    earlier, later = editions
    handed_out = officer.client.get(reverse("instruments:map-file", args=[later.pk, earlier.pk])).content
    kept = handed_out.decode("utf-8-sig").replace("beds,beds,", "beds,beds,reworded,許可病床に限ったため")
    for content in (kept.encode("cp932"), kept.encode()):
        assert [line.said["why_ja"] for line in map_file.read(content, file_name="a.csv")] == ["許可病床に限ったため"]


def test_a_text_that_excel_would_run_leaves_as_text_and_comes_back_as_it_was(officer, editions):
    earlier, later = editions
    for became, why_ja in (("beds", "＝定義が変わったため"), ("remark", "'引用'で始まる")):
        services.confirm_pair(
            earlier, later, Said(became, became, Comparison.REWORDED, why_ja), by=officer.viewer, now=NOW
        )
    table = officer.client.get(reverse("instruments:map-file", args=[later.pk, earlier.pk])).content
    lines = {row["became"]: row for row in csv.DictReader(io.StringIO(table.decode("utf-8-sig")))}
    assert lines["beds"]["why_ja"] == "'＝定義が変わったため"
    assert lines["remark"]["why_ja"] == "'引用'で始まる"
    assert services.take_map(earlier, later, table, file_name="a.csv", by=officer.viewer, now=NOW) == 0


def test_every_fault_is_named_with_the_line_of_the_file_on_which_its_row_begins():
    head = ",".join(map_file.COLUMNS)
    text = f'{head}\n\ngate,gate,same,"一行目\n二行目",\n\nbeds,beds,equal,,\nremark,remark,equal,"三\n四",\n'
    with pytest.raises(BadInput) as found:
        map_file.read(text.encode(), file_name="a.csv")
    assert [one.line for one in found.value.problems] == [6, 7]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (map_file.write([]), MapRefusal.NOTHING_SAID),
        (map_file.write([("gate", "gate", "", "", "", "", "", "")]), MapRefusal.NOTHING_SAID),
        (b"", MapRefusal.NOT_A_MAP),
        (b"\xff\xfe", MapRefusal.NOT_A_MAP),
        (b"a,b\n1,2\n", MapRefusal.NOT_A_MAP),
        (map_file.write([("gate", "gate", "equal", "", "", "", "", "")]), MapRefusal.COMPARISON_UNKNOWN),
        (map_file.write([("gate", "gate", "same", "", "", "", "", "")] * 2), MapRefusal.TWICE),
    ],
)
def test_what_is_no_table_is_refused(content, reason):
    with pytest.raises(BadInput) as found:
        map_file.read(content, file_name="a.csv")
    assert why(found) == [reason]


def test_the_page_establishes_one_question_with_its_reason_and_keeps_what_was_typed(officer, editions):
    earlier, later = editions
    address = reverse("instruments:pair", args=[later.pk, earlier.pk, "beds"])
    refused = officer.client.post(address, {"question": "beds", "comparison": "reworded", "why_en": ""})
    assert refused.status_code == 422
    assert "Please say why" in refused.text
    said = {"question": "beds", "comparison": "reworded", "why_ja": "許可病床に限ったため"}
    page = officer.client.post(address, said, follow=True).text
    assert "許可病床に限ったため" in page
    assert str(officer.account) in page
    assert officer.client.get(reverse("instruments:pair", args=[later.pk, earlier.pk, "zzz"])).status_code == 404
    told = officer.client.post(reverse("instruments:confirm-same", args=[later.pk, earlier.pk]), follow=True).text
    assert "2 questions are confirmed." in told


def test_the_api_tells_the_map_and_establishes_a_question(officer, manager, editions):
    earlier, later = editions
    address = f"/api/v1/instruments/{later.pk}/since/{earlier.pk}"
    told = manager.client.get(address).json()
    assert (told["is_shipped"], told["gone"]) == (False, ["plan"])
    assert [(one["became"], one["comparison"], one["is_established"]) for one in told["pairs"]] == [
        ("gate", "same", False), ("beds", "reworded", False), ("remark", "same", False), ("plans", None, False),
    ]  # fmt: skip
    body = {"became": "plans", "question": "plan", "comparison": "same"}
    told = officer.client.post(address, body, content_type="application/json").json()
    assert (told["gone"], told["pairs"][3]["basis"]) == ([], "confirmed")
    assert manager.client.get(f"{address}/table").content.startswith(b"\xef\xbb\xbfbecame,")


def test_the_api_takes_the_table_and_confirms_what_stayed_word_for_word(officer, editions):
    earlier, later = editions
    address = f"/api/v1/instruments/{later.pk}/since/{earlier.pk}"

    def sent(*rows):
        content = map_file.write([(*row, "", "", "") for row in rows])
        return officer.client.post(f"{address}/table", {"file": SimpleUploadedFile("map.csv", content)})

    refused = sent(("gate", "gate", "same", "", ""), ("beds", "beds", "reworded", "", ""))
    assert (refused.status_code, [one["line"] for one in refused.json()["problems"]]) == (422, [3])
    assert sent(("gate", "gate", "same", "", ""), ("beds", "beds", "reworded", "定義", "")).json() == {"count": 2}
    assert officer.client.post(f"{address}/same").json() == {"count": 1}
    again = officer.client.post(f"{address}/same")
    assert (again.status_code, again.json()["reason"]) == (403, MapRefusal.NOTHING_TO_CONFIRM)
