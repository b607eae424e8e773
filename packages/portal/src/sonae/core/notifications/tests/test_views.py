import io
import zipfile
from datetime import timedelta

import pytest
from django.urls import reverse

from sonae.core.institutions.models import Institution
from sonae.core.notifications import services
from sonae.core.notifications.models import Endpoint, Message
from sonae.core.notifications.vocabulary import Channel, Outcome, OutcomeKind
from sonae.testing.cast import NOW, Person


@pytest.fixture
def dead(manager: Person) -> Message:
    services.queue_mail("notice", to=manager.account.pk, context={"title": "a confidential matter"}, key="k1", now=NOW)
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    services.mark(claimed, Outcome(OutcomeKind.REFUSED, "550 no such person"), now=NOW, spread=0.0)
    return Message.objects.get()


def test_an_operator_sees_that_a_message_died_and_why_but_not_what_it_said(operator: Person, dead: Message) -> None:
    page = operator.client.get(reverse("notifications:list"), {"state": "dead", "q": "550"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "550 no such person" in text
    assert "Some messages were given up" in text
    detail = operator.client.get(reverse("notifications:detail", args=[dead.pk])).content.decode()
    assert dead.account is not None and dead.domain in detail
    assert "a confidential matter" not in text + detail


@pytest.mark.parametrize("shape", ["", "csv", "xlsx", "detail", "api"])
def test_no_shape_of_the_outbox_tells_whom_a_message_is_for_or_what_about(
    operator: Person, manager: Person, dead: Message, shape: str
) -> None:
    Message.objects.update(queued_at=NOW.replace(minute=47, second=13), template="incidents/reported")
    address = {"detail": reverse("notifications:detail", args=[dead.pk]), "api": "/api/v1/messages"}.get(
        shape, reverse("notifications:list")
    )
    answer = operator.client.get(address, {"export": shape} if shape in ("csv", "xlsx") else {})
    raw = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if shape == "xlsx":
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            raw = b"".join(book.read(name) for name in book.namelist())
    text = raw.decode(errors="replace")
    assert manager.account.email.rpartition("@")[2] in text
    for untold in (manager.account.email, manager.account.name, "reported", ">k1<", '"k1"', ":47", "a confidential"):
        assert untold not in text


@pytest.mark.parametrize("asked", ["notice", "k1", "manager"])
def test_the_search_confirms_no_recipient_and_no_subject(operator: Person, dead: Message, asked: str) -> None:
    page = operator.client.get(reverse("notifications:list"), {"q": asked}).content.decode()
    assert "550 no such person" not in page


def test_the_answer_of_a_mail_server_is_kept_without_the_address_it_repeats(manager: Person) -> None:
    services.queue_mail("notice", to=manager.account.pk, context={}, key="k2", now=NOW)
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    local, _, domain = manager.account.email.partition("@")
    answer = f"550 5.1.1 <{local.upper()}@{domain}>: mailbox {local} unknown"
    services.mark(claimed, Outcome(OutcomeKind.REFUSED, answer), now=NOW, spread=0.0)
    assert Message.objects.get(key="k2").last_code == f"550 5.1.1 <…@{domain}>: mailbox … unknown"


def test_the_id_of_a_message_does_not_tell_its_moment(dead: Message) -> None:
    assert dead.pk.version == 4


def test_an_operator_sees_no_webhook_of_an_institution_nor_what_it_was_called_for(
    operator: Person, manager: Person, hospital: Institution
) -> None:
    endpoint, _ = services.register_endpoint(
        "https://hooks.example.org/T0/secret-part", institution_id=hospital.pk, by=manager.viewer, now=NOW
    )
    assert "secret-part" not in operator.client.get(reverse("notifications:endpoints")).content.decode()
    assert operator.client.get(reverse("notifications:endpoint", args=[endpoint.pk])).status_code == 404


def test_the_list_is_exported(operator: Person, dead: Message) -> None:
    answer = operator.client.get(reverse("notifications:list"), {"export": "csv"})
    assert "550 no such person" in b"".join(answer.streaming_content).decode()


def test_the_list_costs_the_same_number_of_queries_however_long_it_is(
    operator: Person, manager: Person, dead: Message, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        services.queue_mail("notice", to=manager.account.pk, context={}, key=f"n{number}", now=NOW)
    client = operator.client
    client.get(reverse("notifications:list"))
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        client.get(reverse("notifications:list"))


def test_an_operator_sends_it_again(operator: Person, dead: Message) -> None:
    answer = operator.client.post(reverse("notifications:retry", args=[dead.pk]), follow=True)
    assert "The message is queued again." in answer.content.decode()
    dead.refresh_from_db()
    assert dead.state == "waiting"
    # The button stays and says why it does nothing now.
    assert "Only a message that was given up can be sent again." in answer.content.decode()


def test_a_manager_sees_no_list_of_messages(manager: Person, dead: Message) -> None:
    assert manager.client.get(reverse("notifications:list")).status_code == 403
    assert manager.client.post(reverse("notifications:retry", args=[dead.pk])).status_code == 403


def test_a_manager_registers_a_webhook_and_sees_its_secret_once(manager: Person, hospital: Institution) -> None:
    client = manager.client
    answer = client.post(
        reverse("notifications:register"),
        {"institution": hospital.pk, "url": "https://hooks.example.org/"},
        follow=True,
    )
    assert "sonae_hook_" in answer.content.decode()
    endpoint = Endpoint.objects.get()
    assert "sonae_hook_" not in client.get(reverse("notifications:endpoint", args=[endpoint.pk])).content.decode()
    assert client.post(reverse("notifications:trial", args=[endpoint.pk])).status_code == 302
    assert Message.objects.get().template == "trial"
    Message.objects.create(
        channel=Channel.WEBHOOK, key="old", endpoint=endpoint, template="of.a.former.release", queued_at=NOW,
        next_try_at=NOW,
    )  # fmt: skip
    page = client.get(reverse("notifications:endpoint", args=[endpoint.pk])).content.decode()
    assert "<td>Trial call</td>" in page and "<td>of.a.former.release</td>" in page
    client.post(reverse("notifications:close", args=[endpoint.pk]))
    endpoint.refresh_from_db()
    assert endpoint.closed_at is not None and endpoint.closed_at - NOW < timedelta(minutes=1)


def test_an_address_inside_is_refused_and_what_was_typed_stays(manager: Person, hospital: Institution) -> None:
    answer = manager.client.post(
        reverse("notifications:register"), {"institution": hospital.pk, "url": "https://10.0.0.1/"}
    ).content.decode()
    assert "inside a private network" in answer
    assert 'value="https://10.0.0.1/"' in answer


def test_staff_do_not_see_the_address_of_their_hospitals_webhook(
    manager: Person, colleague: Person, hospital: Institution
) -> None:
    endpoint, _ = services.register_endpoint(
        "https://hooks.example.org/T0/secret-part", institution_id=hospital.pk, by=manager.viewer, now=NOW
    )
    assert "secret-part" in manager.client.get(reverse("notifications:endpoints")).content.decode()
    assert "secret-part" not in colleague.client.get(reverse("notifications:endpoints")).content.decode()
    assert colleague.client.get(reverse("notifications:endpoint", args=[endpoint.pk])).status_code == 404


def test_a_stranger_sees_no_webhook_of_another_hospital(
    manager: Person, stranger: Person, hospital: Institution
) -> None:
    endpoint, _ = services.register_endpoint(
        "https://hooks.example.org/", institution_id=hospital.pk, by=manager.viewer, now=NOW
    )
    assert stranger.client.get(reverse("notifications:endpoint", args=[endpoint.pk])).status_code == 404
    assert stranger.client.post(reverse("notifications:close", args=[endpoint.pk])).status_code == 403
    assert "hooks.example.org" not in stranger.client.get(reverse("notifications:endpoints")).content.decode()
