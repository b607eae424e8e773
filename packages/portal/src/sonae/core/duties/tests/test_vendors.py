"""A vendor owes duties as an institution does: its people see them, are reminded of them and declare them done."""

from types import MappingProxyType

import pytest
from django.db import IntegrityError, transaction

from sonae.core.access.vocabulary import Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance import datafile
from sonae.core.duties import catalogue, queries, rules, services
from sonae.core.duties.models import Duty, Reminder
from sonae.core.duties.vocabulary import DutyState
from sonae.core.institutions.testing import a_vendor
from sonae.testing.cast import NOW, a_person

RULE = """
edition: 2026-11-01
duties:
  - id: test.answer-as-vendor
    title: {ja: 照会「%(name)s」に回答する, en: Answer the question “%(name)s”}
    short: {ja: 照会への回答, en: Answer a question}
    why: {ja: 医療機関が回答を待っています。, en: An institution is waiting for the answer.}
    source: {ja: 試験用, en: For tests, as_of: 2026-11-01, unverified: true}
    recipient: vendor
    roles: [vendor]
    due: by_rule
    deadline: {count: 3, unit: calendar_days, first_day: counts, roll_over: none}
    openness: own
    ending: by_hand
    waiving: possible
    schedule:
      - when: at_once
"""


@pytest.fixture(autouse=True)
def rule_for_vendors(tmp_path, monkeypatch):
    path = tmp_path / "vendors.yaml"
    path.write_text(RULE, "utf-8")
    everything = MappingProxyType({**catalogue.editions(), **catalogue.read([path])})
    newest = MappingProxyType(datafile.newest(everything))
    monkeypatch.setattr(catalogue, "editions", lambda: everything)
    monkeypatch.setattr(catalogue, "duty_rules", lambda: newest)


@pytest.fixture
def duty(vendor):
    return services.impose(
        "test.answer-as-vendor", vendor_id=vendor.pk, subject="question", subject_id="q-1", known_at=NOW, now=NOW,
        facts={"name": "VPN"},
    )  # fmt: skip


def test_the_people_of_the_vendor_own_it_and_nobody_else_sees_it(
    duty, vendor, vendor_person, manager, officer, operator, inspector
):
    other = a_person(Role.VENDOR, at=Place(vendor_id=a_vendor(name="別の合成事業者").pk))
    assert duty.recipient == f"vendor:{vendor.pk}"
    assert list(queries.open_for(vendor_person.viewer, now=NOW)) == [duty]
    for person in (other, manager, officer, operator, inspector):
        assert not Duty.objects.visible_to(person.viewer).filter(pk=duty.pk).exists()


def test_it_stands_on_the_home_page_of_the_vendor(duty, vendor, vendor_person):
    page = vendor_person.client.get("/").text
    assert "Answer the question “VPN”" in page
    assert vendor.name in page


def test_the_people_of_the_vendor_are_reminded(duty, vendor_person, manager):
    assert services.send_due_reminders(now=NOW).mails == 1
    assert Reminder.objects.get().account_id == vendor_person.account.pk


def test_the_vendor_declares_it_done(duty, vendor_person):
    services.fulfil(duty.pk, note="照会に回答しました", by=vendor_person.viewer, now=NOW)
    duty.refresh_from_db()
    assert (duty.state, duty.ended_by_id) == (DutyState.FULFILLED, vendor_person.account.pk)


def test_a_duty_has_one_recipient_of_whatever_kind(duty, hospital):
    with pytest.raises(IntegrityError), transaction.atomic():
        Duty.objects.filter(pk=duty.pk).update(institution=hospital)
    with pytest.raises(AssertionError):
        rules.recipient_key(vendor_id=1, institution_id=1)
