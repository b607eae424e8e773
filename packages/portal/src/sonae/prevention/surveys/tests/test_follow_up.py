"""The telephone list of a survey: who is on it, in which order, whom to call, and who could not be told."""

import csv
import io
from datetime import timedelta

import pytest

from sonae.core.audit.models import Entry
from sonae.core.institutions import services as register
from sonae.core.institutions.vocabulary import ContactRole
from sonae.prevention.surveys import queries, services
from sonae.prevention.surveys.testing import a_campaign, an_answer, asked_of
from sonae.prevention.surveys.vocabulary import CallOutcome, Excuse

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(officer, manager, other_hospital, now):
    return a_campaign(officer=officer.viewer, now=now)


def rows_of(client, campaign, conditions=""):
    """The rows of the list as the file has them, by the heading of each column."""
    answer = client.get(f"/surveys/{campaign.pk}/follow-up/?export=csv{conditions}")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


def names(rows):
    return [row["Institution"] for row in rows]


def a_contact(institution, person, role, name, phone, now):
    register.add_contact(institution.pk, role=role, name=name, phone=phone, by=person.account.pk, now=now)


def test_whoever_reads_contacts_in_the_list_leaves_one_line_for_each_page(campaign, officer, hospital, manager, now):
    a_contact(hospital, manager, ContactRole.ADMINISTRATOR, "窓口", "086-000-0000", now)
    assert officer.client.get(f"/surveys/{campaign.pk}/follow-up/?q={hospital.name}").status_code == 200
    (line,) = Entry.objects.filter(verb="institutions.read_contacts")
    assert (line.by, line.subject_id, line.institution_id) == (str(officer.account.pk), "", None)
    # That somebody searched is written down, not for what.
    assert (line.facts["rows"], line.facts["filter"]) == (1, {"q": "*", "owes": "yes"})
    assert len(rows_of(officer.client, campaign)) == 2
    made = Entry.objects.filter(verb="institutions.read_contacts").first()
    assert (made.facts["rows"], made.facts["file"]) == (2, "csv")


def test_the_page_of_one_institution_leaves_a_line_where_it_shows_contacts(campaign, officer, hospital, manager, now):
    address = f"/surveys/institutions/{asked_of(campaign, hospital.pk).pk}/"
    assert officer.client.get(address).status_code == 200
    assert not Entry.objects.filter(verb="institutions.read_contacts").exists()
    a_contact(hospital, manager, ContactRole.ADMINISTRATOR, "窓口", "086-000-0000", now)
    assert officer.client.get(address).status_code == 200
    assert Entry.objects.get(verb="institutions.read_contacts").institution_id == hospital.pk


def test_told_by_mail_and_nobody_to_tell_are_two_numbers(campaign, officer, hospital, other_hospital, now):
    found = queries.reached(campaign, officer.viewer, now=now)
    assert (found.asked, found.told, found.mailed, found.unreached) == (2, 2, 1, 1)
    assert asked_of(campaign, hospital.pk).mailed_at == now
    assert asked_of(campaign, other_hospital.pk).mailed_at is None
    shown = officer.client.get(f"/surveys/{campaign.pk}/").content.decode()
    assert "Told by mail" in shown
    assert "Nobody to tell" in shown
    assert "reached=no" in shown


def test_each_follows_up_the_telling_of_its_own_territory(campaign, prefecture_officer, now):
    found = queries.reached(campaign, prefecture_officer.viewer, now=now)
    assert (found.asked, found.mailed, found.unreached) == (1, 1, 0)


def test_a_day_of_reminders_says_how_many_had_nobody_to_write_to(campaign, officer, now):
    date = services.add_reminder_date(campaign.pk, day=now.date(), by=officer.viewer, now=now)
    while services.remind_some(date.pk, now=now):
        pass
    date.refresh_from_db()
    assert (date.reminded, date.unreached, date.finished_at) == (1, 1, now)
    shown = officer.client.get(f"/surveys/{campaign.pk}/").content.decode()
    assert "1 institution was reminded by mail" in shown
    assert "1 institution owed an answer and had nobody to write to" in shown


def test_whoever_gets_a_manager_later_is_reached_by_the_next_reminder(campaign, officer, stranger, other_hospital, now):
    date = services.add_reminder_date(campaign.pk, day=now.date(), by=officer.viewer, now=now)
    services.remind_some(date.pk, now=now)
    assert asked_of(campaign, other_hospital.pk).mailed_at == (
        now if stranger.place.institution_id == other_hospital.pk else None
    )


def test_the_list_shows_those_who_owe_an_answer_unless_somebody_asks_for_others(
    campaign, officer, manager, hospital, other_hospital, now
):
    an_answer(campaign, hospital.pk, by=manager.viewer, now=now)
    assert names(rows_of(officer.client, campaign)) == [other_hospital.name]
    assert names(rows_of(officer.client, campaign, "&owes=no")) == [hospital.name]
    assert names(rows_of(officer.client, campaign, "&stage=submitted")) == [hospital.name]
    assert len(rows_of(officer.client, campaign, "&owes=")) == 2
    excused = asked_of(campaign, other_hospital.pk)
    services.excuse(excused.pk, kind=Excuse.HAS_CLOSED, why="廃止の届出", by=officer.viewer, now=now)
    assert rows_of(officer.client, campaign) == []


def test_whoever_is_to_be_called_again_comes_first_and_days_before_no_day(
    campaign, officer, hospital, other_hospital, now
):
    first, second = rows_of(officer.client, campaign)
    later = other_hospital if second["Institution"] == other_hospital.name else hospital
    said = {"called_at": now, "outcome": CallOutcome.NEEDS_TIME, "by": officer.viewer, "now": now}
    services.note_call(asked_of(campaign, later.pk).pk, next_on=(now + timedelta(days=2)).date(), **said)
    assert names(rows_of(officer.client, campaign)) == [later.name, first["Institution"]]
    assert names(rows_of(officer.client, campaign, "&sort=-call_again_on"))[0] == later.name


def test_whom_to_call_stands_in_the_list_and_in_its_file(campaign, officer, manager, hospital, other_hospital, now):
    a_contact(hospital, manager, ContactRole.AFTER_HOURS, "当直室", "086-000-0001", now)
    a_contact(hospital, manager, ContactRole.INFORMATION_SYSTEMS, "情報係", "086-000-0002", now)
    register.add_contact(
        hospital.pk, role=ContactRole.SYSTEM_SAFETY_OFFICER, name="番号のない担当", email="a@example.jp",
        by=manager.account.pk, now=now,
    )  # fmt: skip
    found = {row["Institution"]: (row["Whom to call"], row["Telephone"]) for row in rows_of(officer.client, campaign)}
    assert found[hospital.name] == ("情報係", "086-000-0002"), "the one whose work it is, of those with a number"
    assert found[other_hospital.name] == ("", "No telephone number in the register")
    assert "No telephone number in the register" in officer.client.get(f"/surveys/{campaign.pk}/follow-up/").text
    assert names(rows_of(officer.client, campaign, "&phone=no")) == [other_hospital.name]
    assert names(rows_of(officer.client, campaign, "&phone=yes")) == [hospital.name]
    assert "086-000-0002" in officer.client.get(f"/surveys/{campaign.pk}/follow-up/").content.decode()


def test_a_number_of_another_territory_is_not_read(
    campaign, officer, prefecture_officer, stranger, hospital, other_hospital, now
):
    a_contact(other_hospital, stranger, ContactRole.ADMINISTRATOR, "事務部", "03-0000-0000", now)
    rows = rows_of(prefecture_officer.client, campaign)
    assert names(rows) == [hospital.name]
    assert "03-0000-0000" in str(rows_of(officer.client, campaign))
