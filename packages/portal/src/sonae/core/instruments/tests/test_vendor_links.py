"""Vendors answer by a link in a mail: it opens one response, once, for a time, and nothing else."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from sonae.core.access.models import Grant
from sonae.core.accounts.models import Account
from sonae.core.audit.models import Entry
from sonae.core.institutions import services as register
from sonae.core.institutions.models import VendorLink
from sonae.core.institutions.testing import a_vendor, an_institution
from sonae.core.instruments import link_rules, queries, services, testing
from sonae.core.instruments.link_rules import LinkFacts
from sonae.core.instruments.models import AnswerLink, Response, Submission
from sonae.core.instruments.views import vendors
from sonae.core.instruments.views.vendors import COOKIE, MOST_OPENED
from sonae.core.instruments.vocabulary import LinkRefusal, LinkState, Origin, ResponseRefusal, ResponseState
from sonae.core.notifications.models import Message
from sonae.kernel.errors import Gone, NotAllowed
from sonae.kernel.ids import new_id
from sonae.testing.cast import NOW

SIGNED = {"name": "販売 花子", "position": "保守部長"}


@pytest.fixture
def response(officer, hospital, manager):
    return testing.a_vendor_response(
        hospital.pk, vendor_id=a_vendor().pk, officer=officer.viewer, by=manager.viewer, now=NOW
    )


def send(response, manager, *, now=NOW, address="support@vendor.example", name="販売 花子"):
    return services.send_link(response.pk, name=name, address=address, by=manager.viewer, now=now)


def secret_of(link):
    """What the mail says, and nothing else does."""
    path = Message.objects.get(key=f"answer-link:{link.pk}").context["path"]
    return re.fullmatch(r"/answering/link/(sonae_ans_[\w-]+)/", path)[1]


def opened(response, manager):
    """The browser of a vendor that has opened its link."""
    browser = Client()
    answer = browser.post(reverse("answering:open", args=[secret_of(send(response, manager))]))
    assert answer.status_code == 302
    return browser


def url(name, response, *more):
    return reverse(f"answering:{name}", args=[response.pk, *more])


def refusal(caught):
    return caught.value.refusal.reason


# --- The rules -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "state", "why"),
    [
        ({}, LinkState.SENT, None),
        ({"opened_at": NOW}, LinkState.OPENED, LinkRefusal.USED),
        ({"replaced_at": NOW}, LinkState.REPLACED, LinkRefusal.REPLACED),
        ({"opened_at": NOW, "revoked_at": NOW}, LinkState.REVOKED, LinkRefusal.REVOKED),
        ({"expires_at": NOW}, LinkState.EXPIRED, LinkRefusal.EXPIRED),
        ({"expires_at": NOW, "opened_at": NOW - timedelta(days=1)}, LinkState.EXPIRED, LinkRefusal.EXPIRED),
    ],
)
def test_a_link_opens_once_and_only_while_nothing_ended_it(facts, state, why):
    link = LinkFacts(**{"expires_at": NOW + timedelta(days=1)} | facts)
    assert link_rules.state_of(link, now=NOW) is state
    decision = link_rules.may_open(link, now=NOW)
    assert decision.ok if why is None else decision.reason is why
    assert link_rules.lets_in(link, now=NOW) is (state is LinkState.OPENED)


# --- Sending ---------------------------------------------------------------------------------------------------------


def test_the_secret_goes_by_mail_only_and_its_digest_is_kept(client_of_manager, response):
    answer = client_of_manager.post(
        reverse("instruments:send-link", args=[response.pk]), {"name": "販売 花子", "address": "a@vendor.example"}
    )
    assert answer.status_code == 302
    link = AnswerLink.objects.get()
    secret = secret_of(link)
    assert secret not in link.secret_digest
    page = client_of_manager.get(reverse("instruments:response", args=[response.pk])).content.decode()
    assert "a@vendor.example" in page
    assert secret not in page
    assert Message.objects.get().address == "a@vendor.example"
    said = Entry.objects.get(verb="answer-link.send")
    assert said.by == str(link.sent_by_id)
    assert secret not in str(said.facts)


@pytest.fixture
def client_of_manager(manager):
    return manager.client


def test_links_are_for_the_forms_of_vendors_and_not_without_end(officer, hospital, manager, response):
    own = testing.a_response(hospital.pk, officer=officer.viewer, by=manager.viewer, now=NOW)
    with pytest.raises(NotAllowed) as caught:
        send(own, manager)
    assert refusal(caught) is LinkRefusal.NOT_FOR_A_VENDOR
    with pytest.raises(NotAllowed) as caught:
        send(response, manager, address="nowhere")
    assert refusal(caught) is LinkRefusal.ADDRESS_INVALID
    for _ in range(link_rules.MOST_LINKS):
        send(response, manager)
    with pytest.raises(NotAllowed) as caught:
        services.remind(response.pk, by=manager.viewer, now=NOW)
    assert refusal(caught) is LinkRefusal.TOO_MANY
    assert services.remind(response.pk, by=manager.viewer, now=NOW + timedelta(days=1)).address.startswith("support@")


@pytest.mark.parametrize(
    "name", ["至急 https://evil.example/", "至急 ｗｗｗ．evil.example", "販売\n至急", "販売\r花子", "販売\u2028花子"]
)
def test_the_name_in_the_mail_is_a_name(client_of_manager, manager, response, name):
    with pytest.raises(NotAllowed) as caught:
        send(response, manager, name=name)
    assert refusal(caught) is LinkRefusal.NAME_NO_NAME
    typed = {"name": name, "address": "a@vendor.example"}
    answer = client_of_manager.post(reverse("instruments:send-link", args=[response.pk]), typed)
    assert answer.status_code == 422
    assert "the name of the person only" in answer.content.decode()
    assert not AnswerLink.objects.exists()


def test_an_institution_sends_fifty_links_a_day_and_others_go_on(manager, response):
    last = send(response, manager)
    for number in range(link_rules.MOST_LINKS_OF_INSTITUTION - 1):
        last.pk, last.secret_digest, last._state.adding = new_id(), f"{number}", True
        last.response = another(response, number)
        last.save()
    with pytest.raises(NotAllowed) as caught:
        send(response, manager)
    assert refusal(caught) is LinkRefusal.TOO_MANY_HERE
    Response.objects.exclude(pk=response.pk).update(institution=an_institution(name="武蔵第二病院"))
    send(response, manager)


def another(response, number):
    return Response.objects.create(
        edition_id=response.edition_id, institution_id=response.institution_id, vendor_id=response.vendor_id,
        occasion=f"of {number}", state=response.state, opened_at=NOW, opened_by_id=response.opened_by_id,
        changed_at=NOW,
    )  # fmt: skip


def test_nobody_outside_of_the_institution_sends_or_revokes(officer, inspector, response):
    for person in (officer, inspector):
        with pytest.raises((NotAllowed, Gone)):
            send(response, person)
        with pytest.raises((NotAllowed, Gone)):
            services.revoke_links(response.pk, by=person.viewer, now=NOW)


# --- Opening ---------------------------------------------------------------------------------------------------------


def test_looking_at_a_link_changes_nothing_and_the_button_opens_it_once(manager, response):
    link = send(response, manager)
    address = reverse("answering:open", args=[secret_of(link)])
    for _ in range(3):
        looked = Client().get(address)
        assert looked.status_code == 200
        assert "試験システム株式会社" in looked.content.decode()
        assert COOKIE not in looked.cookies
    Client().head(address)
    link.refresh_from_db()
    assert (link.opened_at, link.session_digest) == (None, "")

    browser = Client()
    answer = browser.post(address)
    assert answer.headers["Location"] == url("response", response)
    cookie = answer.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", url("response", response))
    assert browser.get(url("response", response)).status_code == 200
    again = Client()
    assert again.post(address).status_code == 200
    assert COOKIE not in again.cookies
    assert Entry.objects.filter(verb="answer-link.open", by="").count() == 1


def test_an_unknown_secret_opens_nothing_and_guessing_is_slowed_down(db, response):
    browser = Client()
    address = reverse("answering:open", args=["sonae_ans_wrong"])
    assert {browser.post(address).status_code for _ in range(MOST_OPENED)} == {404}
    last = browser.post(address)
    assert last.status_code == 200
    assert "1分ほど待って" in last.content.decode()


def test_a_newer_link_closes_an_unopened_one_at_once_and_an_opened_one_when_it_is_opened(manager, response):
    first = send(response, manager)
    second = send(response, manager)
    assert "button" in Client().get(reverse("answering:open", args=[secret_of(second)])).content.decode()
    with pytest.raises(NotAllowed) as caught:
        services.open_link(secret_of(first), now=NOW)
    assert refusal(caught) is LinkRefusal.REPLACED
    browser = Client()
    browser.post(reverse("answering:open", args=[secret_of(second)]))
    third = send(response, manager)
    assert browser.get(url("response", response)).status_code == 200
    Client().post(reverse("answering:open", args=[secret_of(third)]))
    assert browser.get(url("response", response)).status_code == 403


def test_whoever_was_let_in_is_outside_when_the_link_is_revoked_or_its_time_is_over(manager, response):
    browser = opened(response, manager)
    link = AnswerLink.objects.get()
    AnswerLink.objects.update(expires_at=NOW - timedelta(days=1000))
    assert browser.get(url("response", response)).status_code == 403
    AnswerLink.objects.update(expires_at=link.expires_at + timedelta(days=10_000))
    assert browser.get(url("response", response)).status_code == 200
    manager.client.post(reverse("instruments:revoke-links", args=[response.pk]))
    assert browser.get(url("response", response)).status_code == 403
    assert browser.post(url("page", response, 1), {"answer:gate": "yes", "was:gate": "0.0"}).status_code == 403
    assert Response.objects.get().answers == {}
    with pytest.raises(NotAllowed) as caught:
        services.revoke_links(response.pk, by=manager.viewer, now=NOW)
    assert refusal(caught) is LinkRefusal.NONE_TO_REVOKE


def test_a_page_whose_link_is_not_open_any_more_is_told_that_nothing_was_saved(manager, response):
    vendor = opened(response, manager)
    page = url("page", response, 1)
    assert 'id="signed-out"' in vendor.get(page).text
    del vendor.cookies[COOKIE]
    assert vendor.post(page, {}, headers={"HX-Request": "true"}).status_code == 401
    assert vendor.post(page, {}).status_code == 404
    # Whether there is such a response is not said.
    assert vendor.post(reverse("answering:page", args=[new_id(), 1]), headers={"HX-Request": "true"}).status_code == 401


def test_a_link_ends_with_the_work_of_the_vendor(manager, response):
    browser = opened(response, manager)
    last = secret_of(send(response, manager))
    for link in VendorLink.objects.current():
        register.end_vendor_link(link.pk, by=manager.account.pk, now=NOW)
    closed = browser.get(url("response", response))
    assert closed.status_code == 403
    assert browser.post(url("page", response, 1), {"answer:gate": "yes", "was:gate": "0.0"}).status_code == 403
    with pytest.raises(NotAllowed) as caught:
        services.open_link(last, now=NOW)
    assert refusal(caught) is LinkRefusal.VENDOR_ENDED
    with pytest.raises(NotAllowed) as caught:
        send(response, manager)
    assert refusal(caught) is LinkRefusal.VENDOR_ENDED


@pytest.mark.parametrize("how", ["role", "account"])
def test_a_link_ends_with_the_role_of_whoever_sent_it(manager, response, how):
    browser = opened(response, manager)
    last = secret_of(send(response, manager))
    if how == "role":
        Grant.objects.filter(account=manager.account).delete()
    else:
        Account.objects.filter(pk=manager.account.pk).update(is_active=False)
    assert browser.get(url("response", response)).status_code == 403
    with pytest.raises(NotAllowed) as caught:
        services.found_link(last, now=NOW)
    assert refusal(caught) is LinkRefusal.SENDER_LEFT


# --- Answering -------------------------------------------------------------------------------------------------------


def test_a_vendor_answers_signs_and_submits_and_is_named_beside_every_answer(manager, response):
    browser = opened(response, manager)
    assert browser.get(url("page", response, 1)).status_code == 200
    sent = browser.post(url("page", response, 1), {"answer:gate": "yes", "was:gate": "0.0", "then": "stay"})
    assert (sent.status_code, sent.headers["Location"]) == (302, url("page", response, 1))
    browser.post(url("page", response, 2), {"answer:beds": "12", "was:beds": "1.0"})
    found = Response.objects.get()
    assert found.answers == {"gate": "yes", "beds": 12}
    mark = found.mark("beds")
    assert (mark.by, mark.origin, mark.source) == (None, Origin.VENDOR, "試験システム株式会社")

    unsigned = browser.post(url("submit", response), {"seen": found.revision, "name": "販売 花子"})
    assert unsigned.status_code == 422
    assert browser.post(url("submit", response), {"seen": found.revision, **SIGNED}).status_code == 302
    submission = Submission.objects.get()
    assert (submission.by, submission.signed_name, submission.signed_position) == (None, "販売 花子", "保守部長")
    page = manager.client.get(reverse("instruments:response", args=[response.pk])).content.decode()
    assert "販売 花子" in page
    assert Entry.objects.filter(verb="response.submitted", by="").count() == 1


def test_a_vendor_answers_by_workbook(manager, response):
    browser = opened(response, manager)
    file = browser.get(url("workbook-file", response))
    assert file.status_code == 200
    page = browser.get(url("workbook", response)).content.decode()
    assert url("workbook-file", response) in page
    assert "/responses/" not in page
    viewer = services.admitted(AnswerLink.objects.get())
    found = Response.objects.select_related("edition", "institution", "vendor").get()
    assert queries.workbook_of(found, viewer, now=NOW, language="ja")[:2] == b"PK"


@pytest.mark.parametrize("name", ["paper", "copy"])
def test_saving_what_was_submitted_is_slowed_down(manager, response, monkeypatch, name):
    monkeypatch.setattr(vendors, "MOST_SAVED", 1)
    browser = opened(response, manager)
    browser.post(url("page", response, 1), {"answer:gate": "no", "was:gate": "0.0"})
    browser.post(url("submit", response), {"seen": 1, **SIGNED})
    with time_machine.travel(timezone.now(), tick=False):
        assert [browser.get(url(name, response)).status_code for _ in range(2)] == [200, 429]


def test_a_workbook_is_drawn_and_read_a_few_times_in_a_minute(manager, response, monkeypatch):
    monkeypatch.setattr(vendors, "MOST_SAVED", 1)
    monkeypatch.setattr(vendors, "MOST_READ", 1)
    browser = opened(response, manager)

    def sent():
        return browser.post(url("workbook", response), {"file": SimpleUploadedFile("a.xlsx", b"no workbook")})

    with time_machine.travel(timezone.now(), tick=False):
        assert [browser.get(url("workbook-file", response)).status_code for _ in range(2)] == [200, 429]
        assert [sent().status_code for _ in range(2)] == [422, 429]
        assert browser.get(url("workbook", response)).status_code == 200, "only what costs is slowed down"


def test_the_institution_returns_what_its_vendor_submitted_with_a_reason_and_a_new_link(manager, response):
    browser = opened(response, manager)
    browser.post(url("page", response, 1), {"answer:gate": "no", "was:gate": "0.0"})
    browser.post(url("submit", response), {"seen": 1, **SIGNED})
    answer = manager.client.post(
        reverse("instruments:return-to-vendor", args=[response.pk]), {"seen": 1, "reason": "一部が空欄です。"}
    )
    assert answer.status_code == 302
    found = Response.objects.get()
    assert found.state == ResponseState.RETURNED
    newest = queries.last_link(found)
    again = Client()
    again.post(reverse("answering:open", args=[secret_of(newest)]))
    assert "一部が空欄です。" in again.get(url("response", response)).content.decode()
    with pytest.raises(NotAllowed) as caught:
        services.return_to_vendor(response.pk, reason="x", seen=1, by=manager.viewer, now=NOW)
    assert refusal(caught) is LinkRefusal.NOT_BY_VENDOR


@pytest.mark.parametrize("why", [LinkRefusal.TOO_MANY, LinkRefusal.VENDOR_ENDED])
def test_a_return_stands_where_no_more_links_may_be_sent_and_says_so(manager, response, why):
    browser = opened(response, manager)
    browser.post(url("page", response, 1), {"answer:gate": "no", "was:gate": "0.0"})
    browser.post(url("submit", response), {"seen": 1, **SIGNED})
    AnswerLink.objects.update(sent_at=timezone.now())
    if why is LinkRefusal.VENDOR_ENDED:
        VendorLink.objects.update(ended_at=NOW, ended_by=manager.account)
    else:
        last = AnswerLink.objects.get()
        for number in range(link_rules.MOST_LINKS - 1):
            last.pk, last.secret_digest, last._state.adding = new_id(), f"{number}", True
            last.save()
    links = AnswerLink.objects.count()
    answer = manager.client.post(
        reverse("instruments:return-to-vendor", args=[response.pk]),
        {"seen": 1, "reason": "一部が空欄です。"},
        follow=True,
    )
    assert "but no link was sent" in answer.content.decode()
    assert Response.objects.get().state == ResponseState.RETURNED
    assert AnswerLink.objects.count() == links


def test_what_the_institution_itself_submitted_is_not_returned_by_it(manager, response):
    services.save_answers(response.pk, {"gate": "no"}, seen=0, by=manager.viewer, now=NOW)
    services.submit(response.pk, seen=1, by=manager.viewer, now=NOW)
    with pytest.raises(NotAllowed) as caught:
        services.return_to_vendor(response.pk, reason="x", seen=1, by=manager.viewer, now=NOW)
    assert refusal(caught) is LinkRefusal.NOT_BY_VENDOR


def test_a_guest_may_do_nothing_but_answer(officer, manager, hospital, response):
    send(response, manager)
    guest = services.admitted(AnswerLink.objects.get())
    services.save_answers(response.pk, {"gate": "no"}, seen=0, by=guest, now=NOW)
    own = testing.a_response(hospital.pk, officer=officer.viewer, by=manager.viewer, now=NOW)
    with pytest.raises(Gone):
        services.save_answers(own.pk, {"gate": "no"}, seen=0, by=guest, now=NOW)
    for verb in (
        lambda: services.submit(response.pk, seen=1, by=guest, now=NOW),
        lambda: services.hand_over(response.pk, to=manager.account.pk, by=guest, now=NOW),
        lambda: send_as(guest, response),
        lambda: services.revoke_links(response.pk, by=guest, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            verb()
    with pytest.raises(Gone):
        services.submit_as_vendor(response.pk, **SIGNED, seen=1, by=manager.viewer, now=NOW)
    services.submit_as_vendor(response.pk, **SIGNED, seen=1, by=guest, now=NOW)
    with pytest.raises(NotAllowed) as caught:
        services.save_answers(response.pk, {"gate": "yes"}, seen=1, by=guest, now=NOW)
    assert refusal(caught) is ResponseRefusal.NOT_OPEN_FOR_ANSWERS


def send_as(viewer, response):
    return services.send_link(response.pk, name="x", address="x@example.jp", by=viewer, now=NOW)


def test_a_vendor_of_two_institutions_sees_one_of_them(officer, manager, response):
    other = an_institution(name="武蔵第二病院")
    register.link_vendor(
        institution_id=other.pk, vendor_id=response.vendor_id, service="画像", by=manager.account.pk, now=NOW
    )
    browser = opened(response, manager)
    pages = [url("response", response), url("page", response, 1), url("sheet", response), url("workbook", response)]
    for page in pages:
        assert "武蔵第二病院" not in browser.get(page).content.decode()
    guest = services.admitted(AnswerLink.objects.get())
    assert list(Response.objects.visible_to(guest)) == [response]
