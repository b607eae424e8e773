"""The ministry's forms: taken in with every fault, looked through, compared, published, and handed out as files."""

import io
import re
from contextlib import contextmanager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from sonae.core.audit.models import Entry
from sonae.core.instruments import drafts, queries, services, testing, yaml_loader, yaml_writer
from sonae.core.instruments.definition import Instrument
from sonae.core.instruments.differences import differences
from sonae.core.instruments.models import Edition, FormDraft
from sonae.core.instruments.testing import FORM
from sonae.core.instruments.tests.forms import a_list, a_question, a_section, an_instrument
from sonae.core.instruments.vocabulary import (
    AnswerKind,
    Change,
    Consequence,
    DraftRefusal,
    DraftState,
    FileForm,
    FormProblem,
)
from sonae.core.instruments.xlsform import reader, writer
from sonae.kernel.calendar import jst_day
from sonae.kernel.errors import BadInput, NotAllowed
from sonae.testing.cast import NOW

NEXT_YEAR = FORM.replace('edition: "2026"', 'edition: "2027"').replace("fiscal_year: 2026", "fiscal_year: 2027")
FAULTY = FORM.replace("${gate} = 'yes'", "${gates} = 'yes'").replace("fiscal_year: 2026", "fiscal_year: soon")


@contextmanager
def refused(reason):
    with pytest.raises(NotAllowed) as found:
        yield
    assert found.value.refusal.reason is reason


def read(text: str) -> Instrument:
    found = yaml_loader.load(text.encode())
    assert isinstance(found, Instrument), found
    return found


def sheet_with(content: bytes, sheet: str, old: str, new: str) -> bytes:
    """A workbook in which one text is another one."""
    book = load_workbook(io.BytesIO(content))
    for cells in book[sheet].iter_rows():
        for cell in cells:
            if cell.value == old:
                cell.value = new
    changed = io.BytesIO()
    book.save(changed)
    return changed.getvalue()


def taken_in(officer, text=FORM, **facts):
    return services.take_in(text.encode(), file_name="form.yaml", by=officer.viewer, now=NOW, **facts)


def seen(draft, now=NOW):
    """What whoever opens the page of a form now sees."""
    draft.refresh_from_db()
    return drafts.look_at(draft, today=jst_day(now)).seen


# --- Differences -----------------------------------------------------------------------------------------------------


def test_every_kind_of_difference_is_told_and_nothing_where_there_is_none():
    kinds = a_list("kinds", "vpn", "edr")
    before = an_instrument(
        a_question("gate"), a_question("gone"), a_question("choice", AnswerKind.SINGLE, choices="kinds"), lists=(kinds,)
    )
    other = a_list("kinds", "vpn", "backup")
    after = an_instrument(
        a_question("gate", required="true()"), a_question("new"),
        a_section("part", a_question("choice", AnswerKind.SINGLE, choices="kinds")), lists=(other,),
    )  # fmt: skip
    found = differences(before, after)
    assert [(one.change, one.id) for one in found] == [
        (Change.RULES, "gate"), (Change.ADDED, "new"), (Change.ADDED, "part"), (Change.OPTIONS, "choice"),
        (Change.REMOVED, "gone"),
    ]  # fmt: skip
    (options,) = (one for one in found if one.change is Change.OPTIONS)
    assert ([one.value for one in options.came], [one.value for one in options.went]) == (["backup"], ["edr"])
    assert differences(after, after) == ()


def test_other_words_are_a_difference_and_other_quotation_marks_and_blanks_are_none():
    texts = ("病床数", "許可病床数", "“病床数”  です", '"病床数" です')
    one, other, curly, straight = (read(FORM.replace("{ja: 病床数}", f"{{ja: '{text}'}}")) for text in texts)
    (found,) = differences(one, other)
    assert (found.change, found.id) == (Change.REWORDED, "beds")
    assert differences(curly, straight) == ()


# --- Files -----------------------------------------------------------------------------------------------------------


def test_a_form_is_written_as_yaml_and_read_again_it_is_equal():
    made = read(FORM)
    assert yaml_loader.load(yaml_writer.write(made)) == made


def test_what_only_a_workbook_can_carry_is_not_written_as_yaml(officer):
    form = reader.read(writer.write(read(FORM)), name="a.xlsx")
    other = type(form)(**{name: getattr(form, name) for name in form.__slots__} | {"others": (("style", "pages"),)})
    assert yaml_writer.write(other) is None
    with refused(DraftRefusal.NOT_IN_YAML):
        drafts.written_of(other, FileForm.YAML)


def test_a_version_is_handed_out_as_it_was_published_and_in_the_other_form_an_equal_one(officer, manager):
    edition = testing.an_edition(by=officer.viewer, now=NOW)
    yaml = manager.client.get(reverse("instruments:edition-yaml", args=[edition.pk]))
    assert yaml.content == FORM.encode()
    assert 'filename="readiness-2026.yaml"' in yaml.headers["Content-Disposition"]
    xlsx = manager.client.get(reverse("instruments:edition-xlsx", args=[edition.pk]))
    assert reader.read(xlsx.content, name="a.xlsx") == queries.plan_of(edition).instrument
    back = services.publish(xlsx.content, file_name="a.xlsx", by=officer.viewer, now=NOW)
    assert read(drafts.written(back, FileForm.YAML).decode()) == queries.plan_of(back).instrument


# --- Taking in and publishing ----------------------------------------------------------------------------------------


def test_a_form_with_faults_is_kept_with_all_of_them_and_is_not_published(officer):
    draft = taken_in(officer, FAULTY, note="病床の問いを直す")
    assert (draft.state, draft.faults, draft.note) == (DraftState.FAULTY, 2, "病床の問いを直す")
    with refused(DraftRefusal.FAULTY):
        services.publish_draft(draft.pk, seen=seen(draft), by=officer.viewer, now=NOW)
    page = officer.client.get(reverse("instruments:draft", args=[draft.pk])).text
    assert "2 faults in the file" in page
    assert "items[2].relevant" in page
    assert "病床の問いを直す" in page
    original = officer.client.get(reverse("instruments:draft-file", args=[draft.pk]))
    assert original.content == FAULTY.encode()
    assert not Edition.objects.exists()


def test_a_corrected_file_takes_its_place_and_the_note_stays(officer):
    draft = taken_in(officer, FAULTY, note="直す")
    sent = {"file": SimpleUploadedFile("better.yaml", FORM.encode()), "seen": seen(draft)}
    officer.client.post(reverse("instruments:exchange-file", args=[draft.pk]), sent)
    draft.refresh_from_db()
    assert (draft.state, draft.faults, draft.file_name, draft.note) == (DraftState.WAITING, 0, "better.yaml", "直す")
    hopeless = {"file": SimpleUploadedFile("a.xlsx", b"\xd0\xcf\x11\xe0 old"), "seen": seen(draft)}
    page = officer.client.post(reverse("instruments:exchange-file", args=[draft.pk]), hopeless)
    assert page.status_code == 422
    draft.refresh_from_db()
    assert draft.file_name == "better.yaml"


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (b"PK\x03\x04 none", "a.xlsx", None),
        (b"\xd0\xcf\x11\xe0 old", "a.xlsx", FormProblem.OLD_WORKBOOK),
        (b"\xff\xfe", "a.yaml", FormProblem.NOT_UTF8),
        (b"a,b", "a.csv", DraftRefusal.FILE_KIND),
    ],
)
def test_of_a_file_that_cannot_be_opened_as_a_form_nothing_is_kept(officer, content, name, reason):
    with pytest.raises(BadInput) as found:
        services.take_in(content, file_name=name, by=officer.viewer, now=NOW)
    assert reason is None or [one.reason for one in found.value.problems] == [reason]
    assert not FormDraft.objects.exists()


def test_the_page_keeps_the_note_where_the_file_is_refused(officer):
    sent = {"file": SimpleUploadedFile("a.xlsx", b"\xd0\xcf\x11\xe0 old"), "note": "来年度の調査"}
    page = officer.client.post(reverse("instruments:take-in"), sent)
    assert page.status_code == 422
    assert "来年度の調査" in page.text


def test_the_survey_of_next_year_is_made_out_of_the_workbook_of_this_year(officer):
    before = testing.an_edition(by=officer.viewer, now=NOW)
    content = officer.client.get(reverse("instruments:edition-xlsx", args=[before.pk])).content
    content = sheet_with(content, "settings", "2026", "2027")
    content = sheet_with(content, "survey", "病床数", "許可病床数")
    sent = {"file": SimpleUploadedFile("next.xlsx", content)}
    page = officer.client.post(reverse("instruments:take-in"), sent, follow=True)
    draft = FormDraft.objects.get()
    assert "A new edition comes beside the earlier ones" in page.text
    assert "Compared with “Readiness”, edition 2026, version 1." in page.text
    looked = drafts.look_at(draft, today=jst_day(NOW))
    assert [(one.change, one.id) for one in looked.differences] == [(Change.REWORDED, "beds")]
    officer.client.post(reverse("instruments:publish-draft", args=[draft.pk]), {"seen": seen(draft)})
    draft.refresh_from_db()
    assert (draft.edition.edition, draft.edition.fiscal_year) == ("2027", 2027)
    assert (draft.state, draft.published_by) == (DraftState.PUBLISHED, officer.account)
    assert Edition.objects.current().count() == 2
    verbs = Entry.objects.values_list("verb", flat=True)
    assert {"form.take-in", "instrument.publish"} <= set(verbs)


def test_what_publishing_does_is_said_before_it_is_done(officer, manager, hospital):
    def consequence(text):
        return drafts.look_through(text.encode(), file_name="a.yaml", today=jst_day(NOW)).consequence

    assert consequence(FORM) is Consequence.NEW_INSTRUMENT
    edition = testing.an_edition(by=officer.viewer, now=NOW)
    assert consequence(FORM) is Consequence.NOTHING
    assert consequence(FORM + "\n") is Consequence.REPLACES
    assert consequence(NEXT_YEAR) is Consequence.NEW_EDITION
    services.open_response(edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW)
    assert consequence(FORM + "\n") is Consequence.NEXT_VERSION


def test_only_what_was_looked_through_is_published_and_nothing_twice(officer):
    draft = taken_in(officer)
    before = seen(draft)
    content = NEXT_YEAR.encode()
    services.exchange_file(draft.pk, content, file_name="b.yaml", seen=before, by=officer.viewer, now=NOW)
    with refused(DraftRefusal.CHANGED_MEANWHILE):
        services.publish_draft(draft.pk, seen=before, by=officer.viewer, now=NOW)
    draft.refresh_from_db()
    services.publish_draft(draft.pk, seen=seen(draft), by=officer.viewer, now=NOW)
    for verb in (
        lambda: services.publish_draft(draft.pk, seen=seen(draft), by=officer.viewer, now=NOW),
        lambda: services.withdraw_draft(draft.pk, seen=seen(draft), by=officer.viewer, now=NOW),
        lambda: services.exchange_file(
            draft.pk, b"id: a", file_name="a.yaml", seen=seen(draft), by=officer.viewer, now=NOW
        ),
    ):
        with refused(DraftRefusal.OVER):
            verb()


def test_of_two_forms_of_one_edition_the_second_is_not_published_as_it_was_looked_through_before_the_first(officer):
    testing.an_edition(by=officer.viewer, now=NOW)
    one, other = (taken_in(officer, FORM.replace("病床数", text)) for text in ("許可病床数", "一般病床数"))
    seen_one, seen_other = seen(one), seen(other)
    services.publish_draft(one.pk, seen=seen_one, by=officer.viewer, now=NOW)
    for verb in (
        lambda: services.publish_draft(other.pk, seen=seen_other, by=officer.viewer, now=NOW),
        lambda: services.withdraw_draft(other.pk, seen=seen_other, by=officer.viewer, now=NOW),
        lambda: services.exchange_file(
            other.pk, FORM.encode(), file_name="a.yaml", seen=seen_other, by=officer.viewer, now=NOW
        ),
    ):
        with refused(DraftRefusal.CHANGED_MEANWHILE):
            verb()
    assert "許可病床数" in bytes(queries.content_of(Edition.objects.get())).decode()
    services.publish_draft(other.pk, seen=seen(other), by=officer.viewer, now=NOW)
    assert "一般病床数" in bytes(queries.content_of(Edition.objects.get())).decode()


def test_before_a_form_is_published_it_is_said_what_comes_of_it_and_what_it_lacks(officer):
    draft = taken_in(officer)
    address = reverse("instruments:publish-draft", args=[draft.pk])
    assert f'href="{address}"' in officer.client.get(reverse("instruments:draft", args=[draft.pk])).text
    page = officer.client.get(address).text
    assert "A new survey or checklist comes into being." in page
    assert "Please look at this before you publish" not in page
    assert not Edition.objects.exists()
    sent = officer.client.post(address, {"seen": re.search(r'name="seen" value="(\w+)"', page)[1]})
    assert sent.status_code == 302
    assert Edition.objects.count() == 1
    # Once it is published there is nothing to ask.
    assert officer.client.get(address).headers["Location"] == reverse("instruments:draft", args=[draft.pk])

    bare = """\
id: bare
edition: "1"
title: {en: Bare}
respondent: facility
items:
  - {question: one, kind: text, label: {en: One}}
  - {question: two, kind: text, label: {en: Two, ja: 二}}
"""
    page = officer.client.get(reverse("instruments:publish-draft", args=[taken_in(officer, bare).pk])).text
    for lack in ("1 question has no Japanese text.", "The title is not written", "no fiscal year", "no source"):
        assert lack in page
    bare = bare.replace(", ja: 二", "")
    page = officer.client.get(reverse("instruments:publish-draft", args=[taken_in(officer, bare).pk])).text
    assert "No question has a Japanese text." in page


def test_a_workbook_that_names_no_version_says_in_which_sheet_and_column_to_write_it(officer):
    content = sheet_with(writer.write(read(FORM)), "settings", "2026", "")
    sent = {"file": SimpleUploadedFile("next.xlsx", content)}
    page = officer.client.post(reverse("instruments:take-in"), sent, follow=True).text
    (fault,) = drafts.look_at(FormDraft.objects.get(), today=jst_day(NOW)).problems
    assert (fault.reason, fault.field) == (FormProblem.SETTING_MISSING, "settings version")
    assert "The sheet “settings” needs the column “version”, with a value below it, for instance “R8”." in page
    assert "further faults may come to light" in page


def test_what_was_to_replace_an_edition_does_not_become_its_next_version_unseen(officer, manager, hospital):
    edition = testing.an_edition(by=officer.viewer, now=NOW)
    draft = taken_in(officer, FORM + "\n")
    before = seen(draft)
    services.open_response(edition.pk, institution_id=hospital.pk, occasion="2026", by=manager.viewer, now=NOW)
    page = officer.client.post(reverse("instruments:publish-draft", args=[draft.pk]), {"seen": before})
    assert page.status_code == 403
    assert "Somebody else changed something meanwhile." in page.text
    assert services.publish_draft(draft.pk, seen=seen(draft), by=officer.viewer, now=NOW).version == 2


def test_a_faulty_file_in_the_place_of_a_sound_one_no_longer_says_what_the_sound_one_was(officer):
    draft = taken_in(officer)
    services.exchange_file(draft.pk, FAULTY.encode(), file_name="b.yaml", seen=seen(draft), by=officer.viewer, now=NOW)
    draft.refresh_from_db()
    assert (draft.state, draft.instrument, draft.title_ja) == (DraftState.FAULTY, "", "")


def test_a_published_form_goes_on_telling_what_its_publication_changed(officer):
    testing.an_edition(by=officer.viewer, now=NOW)
    draft = taken_in(officer, FORM.replace("病床数", "許可病床数"))
    services.publish_draft(draft.pk, seen=seen(draft), by=officer.viewer, now=NOW)
    other = taken_in(officer, FORM.replace("病床数", "一般病床数"))
    services.publish_draft(other.pk, seen=seen(other), by=officer.viewer, now=NOW)
    page = officer.client.get(reverse("instruments:draft", args=[draft.pk])).text
    assert "It asks exactly the same." not in page
    assert "<del>病床数</del><br><ins>許可病床数</ins>" in page
    told = officer.client.get(f"/api/v1/forms/{draft.pk}").json()
    assert ([one["question"] for one in told["differences"]], told["consequence"]) == (["beds"], "replaces")


def test_a_sound_file_is_read_once_and_not_with_every_look_at_it(officer):
    draft = taken_in(officer)
    FormDraft.objects.filter(pk=draft.pk).update(content=b"nothing")
    assert "It asks" not in officer.client.get(reverse("instruments:draft", args=[draft.pk])).text
    page = officer.client.get(reverse("instruments:preview", args=[draft.pk])).text
    assert "病床数" in page


def test_a_form_that_is_taken_back_stays_on_record(officer):
    draft = taken_in(officer)
    officer.client.post(reverse("instruments:withdraw-draft", args=[draft.pk]), {"seen": seen(draft)})
    draft.refresh_from_db()
    assert (draft.state, draft.withdrawn_by) == (DraftState.WITHDRAWN, officer.account)
    assert "Taken back" in officer.client.get(reverse("instruments:drafts")).text


# --- Pages and API ---------------------------------------------------------------------------------------------------


def test_the_preview_shows_every_question_also_behind_gates_and_takes_nothing(officer):
    draft = taken_in(officer)
    page = officer.client.get(reverse("instruments:preview", args=[draft.pk])).text
    for said in (
        "医療情報システムを運用している",
        "病床数",
        "備考",
        "A file is attached here.",
        "${gate} = &#x27;yes&#x27;",
    ):
        assert said in page
    assert page.count('<fieldset class="question" disabled>') == 4


def test_lists_of_forms_and_versions_are_searched_and_exported(officer):
    taken_in(officer, note="二つ目")
    testing.an_edition(by=officer.viewer, now=NOW)
    for name, word in (("drafts", "form.yaml"), ("versions", "Readiness")):
        address = reverse(f"instruments:{name}")
        assert word in officer.client.get(address).text
        assert word not in officer.client.get(address, {"q": "無い無い"}).text
        assert word in b"".join(officer.client.get(address, {"export": "csv"}).streaming_content).decode()


def test_only_who_publishes_instruments_sees_forms(officer, manager, operator, inspector):
    draft = taken_in(officer)
    for person in (manager, operator, inspector):
        for name, args in (("drafts", []), ("versions", []), ("take-in", []), ("draft", [draft.pk])):
            assert person.client.get(reverse(f"instruments:{name}", args=args)).status_code == 403
        with pytest.raises(NotAllowed):
            services.take_in(FORM.encode(), file_name="a.yaml", by=person.viewer, now=NOW)


def test_the_api_takes_a_form_in_tells_its_faults_and_differences_and_publishes_it(officer):
    client = officer.client
    faulty = client.post("/api/v1/forms", {"file": SimpleUploadedFile("a.yaml", FAULTY.encode()), "note": "試"})
    assert faulty.status_code == 201, faulty.content
    told = faulty.json()
    assert (told["state"], told["note"], len(told["problems"])) == ("faulty", "試", 2)
    corrected = client.post(
        f"/api/v1/forms/{told['id']}/file",
        {"file": SimpleUploadedFile("b.yaml", FORM.encode()), "seen": told["seen"]},
    ).json()
    assert (corrected["state"], corrected["consequence"]) == ("waiting", "new_instrument")
    published = client.post(
        f"/api/v1/forms/{told['id']}/publication", {"seen": corrected["seen"]}, content_type="application/json"
    ).json()
    assert published["version"] == 1
    assert client.get(f"/api/v1/instruments/{published['edition_id']}/yaml").content == FORM.encode()
    other = client.post("/api/v1/forms", {"file": SimpleUploadedFile("a.yaml", NEXT_YEAR.encode())}).json()
    assert (other["differences"], other["compared_with"]) == ([], published["edition_id"])
    withdrawal = f"/api/v1/forms/{other['id']}/withdrawal"
    for sent, status in (({"seen": "0" * 64}, 403), ({"seen": other["seen"]}, 200)):
        assert client.post(withdrawal, sent, content_type="application/json").status_code == status
    states = [row["state"] for row in client.get("/api/v1/forms").json()["items"]]
    assert states == ["published", "withdrawn"]


def test_the_api_narrows_the_list_of_forms_and_cuts_it_into_pages(officer):
    taken_in(officer)
    taken_in(officer, FAULTY)
    first = officer.client.get("/api/v1/forms?limit=1").json()
    rest = officer.client.get(f"/api/v1/forms?limit=1&cursor={first['next_cursor']}").json()
    assert [row["state"] for row in (*first["items"], *rest["items"])] == ["waiting", "faulty"]
    assert [row["faults"] for row in officer.client.get("/api/v1/forms?state=faulty").json()["items"]] == [2]
