"""The pages of a survey: who sees what, what can be done there, and what a refusal says."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sonae.core.duties.models import Duty
from sonae.core.institutions import services as register
from sonae.core.institutions.models import Institution
from sonae.core.institutions.testing import an_institution
from sonae.core.institutions.vocabulary import ContactRole, Population, Prefecture
from sonae.core.instruments.testing import an_edition
from sonae.prevention.surveys import services
from sonae.prevention.surveys.models import AskedInstitution, Call, Campaign, Proxy
from sonae.prevention.surveys.testing import a_campaign, an_answer, asked_of

TYPED = {
    "title_ja": "令和8年調査", "title_en": "Survey of 2026", "fiscal_year": 2026, "reference_on": "2026-11-01",
    "kinds": ["hospital"], "population": "synthetic", "opens_on": "2026-11-23", "last_day": "2026-12-20",
}  # fmt: skip


def page(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.content.decode()


@pytest.fixture
def campaign(officer, manager, other_hospital, now) -> Campaign:
    return a_campaign(officer=officer.viewer, now=now)


@pytest.fixture
def asked(campaign, hospital) -> AskedInstitution:
    return asked_of(campaign, hospital.pk)


def test_an_officer_prepares_a_survey_looks_whom_it_asks_and_opens_it(officer, hospital, other_hospital, now):
    edition = an_edition(by=officer.viewer, now=now)
    Institution.objects.update(listed_on="2026-10-01")
    hospital_small = an_institution(population=Population.SYNTHETIC, licensed_beds=None)
    Institution.objects.filter(pk=hospital_small.pk).update(listed_on="2026-10-01")
    client = officer.client
    assert "Prepare a survey" in page(client, "/surveys/")
    typed = TYPED | {"edition": str(edition.pk)}

    refused = client.post("/surveys/new/", typed | {"beds_from": 300, "beds_to": 200})
    assert refused.status_code == 422
    assert 'value="300"' in refused.content.decode()
    assert "No number of beds lies from 300 to 200, both included" in refused.content.decode()
    wrong = client.post("/surveys/new/", typed | {"beds_from": 300, "beds_to": 200, "title_ja": "", "edition": ""})
    assert set(wrong.context["form"].errors) == {"title_ja", "edition", "beds_to"}, "all that is wrong at once"

    saved = client.post("/surveys/new/", typed)
    found = Campaign.objects.get()
    assert saved.url == f"/surveys/{found.pk}/"
    shown = page(client, saved.url)
    assert "it asks 3 institutions" in shown
    assert "Beds not known" in shown
    changed = client.post(f"{saved.url}draft/", typed | {"beds_from": 0, "beds_to": 420, "seen": 1})
    assert changed.status_code == 302, changed.content.decode()
    assert "1 institution is left out" in page(client, saved.url) or "it asks 0" in page(client, saved.url)
    assert client.post(f"{saved.url}opening/", {"seen": 1}).status_code == 409


def test_a_survey_that_cannot_open_says_why(officer, hospital, now):
    found = a_campaign(officer=officer.viewer, now=now, is_open=False, reference_on=(now + timedelta(days=9)).date())
    shown = page(officer.client, f"/surveys/{found.pk}/")
    assert "The register does not know yet what it will say on" in shown


def test_opening_from_the_page_shows_the_progress(officer, hospital, other_hospital, now):
    found = a_campaign(officer=officer.viewer, now=now, is_open=False)
    client = officer.client
    begun = client.post(f"/surveys/{found.pk}/opening/", {"seen": 1}, follow=True).content.decode()
    assert "The survey is being opened. This page shows how far it is." in begun
    assert "0 / 2" in begun
    assert "Cancel the opening" in begun
    services.freeze_some(found.pk, now=now, limit=1)
    piece = client.get(f"/surveys/{found.pk}/opening/progress/")
    assert "1 / 2" in piece.content.decode()
    assert "HX-Refresh" not in piece.headers
    while services.freeze_some(found.pk, now=now):
        pass
    assert client.get(f"/surveys/{found.pk}/opening/progress/").headers["HX-Refresh"] == "true"
    assert "Response rate by prefecture" in page(client, f"/surveys/{found.pk}/")


def test_the_opening_is_cancelled_from_the_page(officer, hospital, now):
    found = a_campaign(officer=officer.viewer, now=now, is_open=False)
    officer.client.post(f"/surveys/{found.pk}/opening/", {"seen": 1})
    said = officer.client.post(f"/surveys/{found.pk}/opening/cancellation/", follow=True).content.decode()
    assert "The opening was cancelled. The survey is a draft as before." in said
    assert "it asks 1 institution" in said


@pytest.mark.parametrize("person", ["officer", "inspector", "prefecture_officer"])
def test_each_supervisor_sees_the_figures_of_their_own_territory(campaign, manager, hospital, person, request, now):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    shown = page(request.getfixturevalue(person).client, f"/surveys/{campaign.pk}/")
    share = "50% (1 of 2)" if person == "officer" else "100% (1 of 1)"
    assert share.replace("50%", "50.0%").replace("100%", "100.0%") in shown
    assert ("Days of reminders" in shown) is (person == "officer")


def test_the_page_of_a_campaign_costs_the_same_however_many_are_asked(officer, hospital, now):
    client, counts = officer.client, []
    for _ in range(2):
        found = a_campaign(officer=officer.viewer, now=now)
        page(client, f"/surveys/{found.pk}/")
        for path in (f"/surveys/{found.pk}/", f"/surveys/{found.pk}/follow-up/", f"/surveys/{found.pk}/differences/"):
            with CaptureQueriesContext(connection) as counted:
                page(client, path)
            counts.append(len(counted))
        for beds in (30, 250, 600):
            an_institution(population=Population.SYNTHETIC, licensed_beds=beds, prefecture=Prefecture.TOKYO)
    assert counts[:3] == counts[3:]


def test_the_follow_up_is_searched_sorted_paged_and_exported(campaign, officer, prefecture_officer, hospital, now):
    path = f"/surveys/{campaign.pk}/follow-up/"
    client = officer.client
    for conditions, names in (
        ("", {"備前合成病院", "武蔵合成病院"}),
        ("?q=備前", {"備前合成病院"}),
        ("?band=400-499", {"武蔵合成病院"}),
        ("?stage=submitted", set()),
        ("?stage=asked&owes=yes", {"備前合成病院", "武蔵合成病院"}),
        ("?owes=no", set()),
        ("?owes=&reached=yes", {"備前合成病院"}),
        ("?owes=&reached=no", {"武蔵合成病院"}),
        ("?prefecture=13&sort=-due_at", {"武蔵合成病院"}),
    ):
        shown = page(client, path + conditions)
        assert {name for name in ("備前合成病院", "武蔵合成病院") if name in shown} == names, conditions
    assert "武蔵合成病院" not in page(prefecture_officer.client, path)
    answer = client.get(f"{path}?export=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    assert (rows[0][1], len(rows)) == ("Institution", 3)
    book = client.get(f"{path}?export=xlsx")
    assert b"".join(book.streaming_content).startswith(b"PK")
    book.close()


def test_a_call_is_noted_and_stands_in_the_list(campaign, asked, prefecture_officer, manager, now):
    register.add_contact(
        asked.institution_id, role=next(iter(ContactRole)), name="窓口", phone="011-000-0000",
        by=manager.account.pk, now=now,
    )  # fmt: skip
    client = prefecture_officer.client
    path = f"/surveys/institutions/{asked.pk}/"
    assert "011-000-0000" in page(client, path)
    said = {"call-called_at": "2026-11-23T17:30", "call-whom": "事務長", "call-outcome": "needs_time"}
    refused = client.post(f"{path}call/", said | {"call-next_on": "2026-11-20"})
    assert refused.status_code == 422
    assert "The day of the next call has passed." in refused.content.decode()
    assert "事務長" in refused.content.decode()
    assert client.post(f"{path}call/", said | {"call-next_on": "2026-11-30"}).status_code == 302
    assert Call.objects.get().whom == "事務長"
    assert "Needs more time" in page(client, f"/surveys/{campaign.pk}/follow-up/?outcome=needs_time")


def test_the_ministry_extends_excuses_and_expects_again(campaign, asked, officer):
    client, path = officer.client, f"/surveys/institutions/{asked.pk}/"
    early = client.post(f"{path}extension/", {"extension-last_day": "2026-11-30", "extension-why": "病棟の移転"})
    assert early.status_code == 422
    assert "The new end has to be later" in early.content.decode()
    given = {"extension-last_day": "2027-01-15", "extension-why": "病棟の移転"}
    assert client.post(f"{path}extension/", given).status_code == 302
    assert (
        Duty.objects.get(rule="survey.answer", institution_id=asked.institution_id)
        .due_at.isoformat()
        .startswith("2027-01-15T15:00")
    )
    excused = {"excuse-kind": "has_closed", "excuse-why": "廃院届の提出"}
    assert client.post(f"{path}excuse/", excused).status_code == 302
    assert "Expect its answer again" in page(client, path)
    assert client.post(f"{path}expectation/").status_code == 302
    assert AskedInstitution.objects.get(pk=asked.pk).excused_at is None


def test_a_prefecture_officer_goes_on_to_the_questions_and_hands_in(campaign, asked, prefecture_officer):
    client = prefecture_officer.client
    said = {"proxy-channel": "telephone", "proxy-informant": "事務長", "proxy-why": "端末の故障"}
    assert client.post(f"/surveys/institutions/{asked.pk}/proxy/", said | {"proxy-why": ""}).status_code == 422
    on = client.post(f"/surveys/institutions/{asked.pk}/proxy/", said)
    assert on.url.startswith("/responses/")
    shown = page(client, on.url)
    assert "Submit" in shown
    assert page(client, f"{on.url}pages/1/")
    assert Proxy.objects.get().informant == "事務長"


def test_what_a_prefecture_may_not_do_is_refused(campaign, asked, prefecture_officer):
    client = prefecture_officer.client
    shown = page(client, f"/surveys/institutions/{asked.pk}/")
    assert "Give more time" not in shown
    for path, said in (("extension", {}), ("excuse", {}), ("expectation", {})):
        assert client.post(f"/surveys/institutions/{asked.pk}/{path}/", said).status_code == 403


def test_a_hospital_finds_its_survey_on_its_duty_and_begins(campaign, manager, hospital):
    client = manager.client
    assert client.get("/surveys/").url == "/surveys/mine/"
    assert campaign.title_en in page(client, "/surveys/mine/")
    assert client.get(f"/surveys/{campaign.pk}/").url == f"/surveys/{campaign.pk}/mine/"
    duty = Duty.objects.get(rule="survey.answer", institution=hospital)
    assert f"/surveys/{campaign.pk}/mine/" in page(client, f"/duties/{duty.pk}/")
    assert "Begin to answer" in page(client, f"/surveys/{campaign.pk}/mine/")
    begun = client.post(f"/surveys/{campaign.pk}/mine/{hospital.pk}/")
    assert begun.url.startswith("/responses/")
    assert "Go on answering" in page(client, f"/surveys/{campaign.pk}/mine/")
    assert AskedInstitution.objects.get(institution=hospital).opened_by == manager.account


def test_a_hospital_sees_neither_other_hospitals_nor_the_follow_up(campaign, asked, manager, executive):
    for path in (f"/surveys/{campaign.pk}/follow-up/", f"/surveys/{campaign.pk}/differences/"):
        page(manager.client, path, status=404)
    assert manager.client.get(f"/surveys/institutions/{asked.pk}/").status_code == 404
    assert "Your manager of information security answers this survey." in page(
        executive.client, f"/surveys/{campaign.pk}/mine/"
    )


def test_a_survey_is_withdrawn_with_a_reason_that_everybody_reads(campaign, officer, manager):
    path = f"/surveys/{campaign.pk}/"
    assert officer.client.post(f"{path}withdrawal/", {"why": ""}).status_code == 422
    assert officer.client.post(f"{path}withdrawal/", {"why": "対象の条件の誤り"}).status_code == 302
    assert "対象の条件の誤り" in page(manager.client, f"{path}mine/")
    assert manager.client.post(f"{path}mine/{manager.place.institution_id}/").status_code == 403


def test_a_day_of_reminders_is_added_and_taken_back(campaign, officer):
    client, path = officer.client, f"/surveys/{campaign.pk}/"
    past = client.post(f"{path}reminders/", {"day": "2026-11-01"})
    assert past.status_code == 422
    assert "Reminders can be set from" in past.content.decode()
    assert client.post(f"{path}reminders/", {"day": "2026-12-01"}).status_code == 302
    date = campaign.reminder_dates.get()
    assert "Take this day back" in page(client, path)
    assert client.post(f"{path}reminders/{date.pk}/removal/").status_code == 302
    assert not campaign.reminder_dates.exists()
    assert "Some institutions have until" in page(client, path)


def test_what_changed_in_the_register_is_listed(campaign, officer, hospital, now):
    Institution.objects.filter(pk=hospital.pk).update(vanished_on=now.date())
    an_institution(population=Population.SYNTHETIC)
    shown = page(officer.client, f"/surveys/{campaign.pk}/differences/")
    assert "No longer in the register" in shown
    assert "1 institution fits the conditions today" in shown


def test_nothing_is_chosen_beforehand_and_a_survey_without_an_english_title_shows_the_japanese_one(asked, officer, now):
    shown = page(officer.client, f"/surveys/institutions/{asked.pk}/")
    assert '<option value="" selected>Please choose</option>' in shown
    typed = {"call-called_at": "2026-11-23T17:00", "call-outcome": ""}
    assert officer.client.post(f"/surveys/institutions/{asked.pk}/call/", typed).status_code == 422
    assert not Call.objects.exists()
    typed = TYPED | {"title_en": "", "edition": str(asked.campaign.edition_id)}
    saved = officer.client.post("/surveys/new/", typed, follow=True)
    assert "令和8年調査" in saved.text
    assert services.title_of(Campaign.objects.get(title_en="")) == {"ja": "令和8年調査", "en": "令和8年調査"}


def test_a_year_is_read_out_as_a_year(campaign, manager):
    shown = page(manager.client, "/surveys/mine/")
    assert ", 2026</span>" in shown and "2,026" not in shown


def test_how_far_a_survey_is_is_a_file_too_as_each_supervisor_sees_it(
    campaign, officer, prefecture_officer, manager, hospital, now
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    path = f"/surveys/{campaign.pk}/"
    assert 'href="?export=csv"' in page(officer.client, path)

    def rows_for(person):
        text = b"".join(person.client.get(f"{path}?export=csv").streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    whole, *classes = rows_for(officer)
    assert (whole["Asked"], whole["Submitted"], whole["Response rate in per cent"]) == ("2", "1", "50.0")
    assert whole["As of (Japan time)"] == "2026-11-23 18:00"
    places = {row["Class"]: row["Asked"] for row in classes if row["Breakdown"] == "Prefecture"}
    assert places == {"Hokkaido": "1", "Tokyo": "1"}
    assert rows_for(prefecture_officer)[0]["Asked"] == "1", "of their own territory alone"
    book = officer.client.get(f"{path}?export=xlsx")
    assert b"".join(book.streaming_content).startswith(b"PK")
    book.close()
