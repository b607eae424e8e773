from django.urls import reverse

from sonae.response.incidents import services
from sonae.response.incidents.testing import an_incident


def test_a_report_that_was_begun_is_mentioned_at_home_until_it_is_sent(colleague, hospital, now):
    services.save_draft({"seen": ["half a sentence"]}, by=colleague.viewer, now=now)
    page = colleague.client.get("/").text
    assert "You have begun a report and not sent it" in page and reverse("incidents:report") in page
    services.discard_draft(by=colleague.viewer)
    assert "You have begun a report" not in colleague.client.get("/").text


def test_staff_find_the_receipts_of_their_own_reports_at_home(colleague, manager, hospital, now):
    own = an_incident(hospital.pk, by=colleague.viewer, now=now)
    theirs = an_incident(hospital.pk, by=manager.viewer, now=now)
    page = colleague.client.get("/").text
    assert reverse("incidents:receipt", args=[own.pk]) in page and theirs.number not in page
    assert "What you reported" not in manager.client.get("/").text


def test_an_auditor_is_led_to_no_page_that_is_closed_to_them(auditor):
    assert reverse("notifications:list") not in auditor.client.get("/").text


def test_an_operator_sees_how_many_messages_were_given_up(operator):
    assert "Messages given up" in operator.client.get("/").text
