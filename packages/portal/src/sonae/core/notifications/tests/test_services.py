import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.template import Context, Engine
from django.utils.translation import override

import sonae
from sonae.core.access.vocabulary import NATIONWIDE, Place
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Language, Role, Viewer
from sonae.core.audit.models import Entry
from sonae.core.institutions.models import Institution
from sonae.core.notifications import mail, packing, queries, rules, services
from sonae.core.notifications.models import Endpoint, Message
from sonae.core.notifications.vocabulary import Channel, MessageState, NotificationRefusal, Outcome, OutcomeKind
from sonae.kernel.errors import Gone, NotAllowed
from sonae.testing.cast import NOW

DELIVERED, FAILED = Outcome(OutcomeKind.DELIVERED, "250"), Outcome(OutcomeKind.FAILED, "451")
REFUSED = Outcome(OutcomeKind.REFUSED, "550 unknown")

type Someone = Callable[[Role, Place], Viewer]


def _queue(account: Account, key: str = "k", **context: object) -> Message:
    return services.queue_mail("notice", to=account.pk, context=context, key=key, now=NOW)


def test_the_same_key_is_queued_once(person: Callable[..., Account]) -> None:
    account = person()
    first, again = _queue(account), _queue(account, title="another")
    assert first.pk == again.pk
    assert Message.objects.count() == 1


def test_a_message_stands_only_if_what_it_tells_about_stands(person: Callable[..., Account]) -> None:
    account = person()
    with transaction.atomic():
        _queue(account)
        transaction.set_rollback(True)
    assert not Message.objects.exists()


def test_many_mails_at_once_skip_those_already_queued(person: Callable[..., Account]) -> None:
    people = [person() for _ in range(3)]
    _queue(people[0], key="k0")
    services.queue_mails(
        "notice", to=[services.Recipient(one.pk, {}, f"k{n}") for n, one in enumerate(people)], now=NOW
    )
    assert sorted(Message.objects.values_list("key", flat=True)) == ["k0", "k1", "k2"]


def test_a_template_that_does_not_exist_is_noticed_when_it_is_queued(person: Callable[..., Account]) -> None:
    with pytest.raises(AssertionError, match="nothing-of-the-kind"):
        services.queue_mail("nothing-of-the-kind", to=person().pk, context={}, key="k", now=NOW)


def test_a_claimed_message_is_in_nobody_elses_hands(person: Callable[..., Account]) -> None:
    _queue(person())
    mine = services.claim_next(Channel.MAIL, now=NOW)
    assert mine is not None and mine.attempts == 1
    assert services.claim_next(Channel.MAIL, now=NOW) is None
    assert not queries.is_a_mail_due(now=NOW)


def test_after_the_lease_another_worker_takes_over_and_the_first_one_writes_nothing(
    person: Callable[..., Account],
) -> None:
    _queue(person())
    mine = services.claim_next(Channel.MAIL, now=NOW)
    later = NOW + rules.LEASE
    theirs = services.claim_next(Channel.MAIL, now=later)
    assert mine is not None and theirs is not None and theirs.attempts == 2
    assert services.mark(mine, REFUSED, now=later, spread=0.0) is False
    assert services.mark(theirs, DELIVERED, now=later, spread=0.0) is True
    sent = Message.objects.get()
    assert (sent.state, sent.sent_at, sent.claim) == (MessageState.SENT, later, None)


def test_what_a_sent_message_said_is_forgotten(person: Callable[..., Account]) -> None:
    _queue(person(), link="https://portal/one-time")
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    services.mark(claimed, DELIVERED, now=NOW, spread=0.0)
    assert Message.objects.get().context == {}


def test_a_failed_message_waits_its_turn(person: Callable[..., Account]) -> None:
    _queue(person())
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    services.mark(claimed, FAILED, now=NOW, spread=0.0)
    assert services.claim_next(Channel.MAIL, now=NOW + timedelta(seconds=14)) is None
    assert services.claim_next(Channel.MAIL, now=NOW + timedelta(seconds=16)) is not None
    assert Message.objects.get().last_code == "451"


def _dead(account: Account) -> Message:
    _queue(account)
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    services.mark(claimed, REFUSED, now=NOW, spread=0.0)
    return Message.objects.get()


def test_an_operator_sends_a_dead_message_again(person: Callable[..., Account], viewer: Someone) -> None:
    message, operator = _dead(person()), viewer(Role.OPERATOR, NATIONWIDE)
    assert (message.state, queries.count_dead()) == (MessageState.DEAD, 1)
    services.retry_dead(message.pk, by=operator, now=NOW)
    message.refresh_from_db()
    assert (message.state, message.attempts, message.next_try_at) == (MessageState.WAITING, 0, NOW)
    assert (
        Entry.objects.filter(verb="message.retry", subject_id=str(message.pk), by=str(operator.account_id)).count() == 1
    )


def test_a_message_that_is_not_dead_is_not_sent_again(person: Callable[..., Account], viewer: Someone) -> None:
    message = _queue(person())
    with pytest.raises(NotAllowed) as refused:
        services.retry_dead(message.pk, by=viewer(Role.OPERATOR, NATIONWIDE), now=NOW)
    assert refused.value.refusal.reason is NotificationRefusal.NOT_DEAD


def test_a_stranger_does_not_learn_that_the_message_exists(
    person: Callable[..., Account], viewer: Someone, hospital: Institution
) -> None:
    message = _dead(person())
    with pytest.raises(Gone):
        services.retry_dead(message.pk, by=viewer(Role.INSTITUTION_MANAGER, Place(institution_id=hospital.pk)), now=NOW)


def test_old_sent_messages_are_forgotten_and_dead_ones_stay(person: Callable[..., Account]) -> None:
    dead = _dead(person())
    _queue(person(), key="old")
    claimed = services.claim_next(Channel.MAIL, now=NOW)
    assert claimed is not None
    services.mark(claimed, DELIVERED, now=NOW, spread=0.0)
    assert services.forget_old(now=NOW + rules.KEPT_FOR) == 0
    assert services.forget_old(now=NOW + rules.KEPT_FOR + timedelta(seconds=1)) == 1
    assert Message.objects.get() == dead


def test_a_manager_registers_a_webhook_of_their_hospital(viewer: Someone, hospital: Institution) -> None:
    manager = viewer(Role.INSTITUTION_MANAGER, Place(institution_id=hospital.pk))
    endpoint, secret = services.register_endpoint(
        "https://hooks.example.org/sonae", institution_id=hospital.pk, by=manager, now=NOW
    )
    assert secret.startswith("sonae_hook_")
    assert Entry.objects.filter(verb="endpoint.register", institution_id=hospital.pk).count() == 1
    assert (
        services.queue_webhooks(
            "bulletin", institution_id=hospital.pk, body={"day": date(2026, 1, 2)}, key="b1", now=NOW
        )
        == 1
    )
    assert services.queue_webhooks("bulletin", institution_id=hospital.pk, body={}, key="b1", now=NOW) == 1
    queued = Message.objects.get()
    assert (queued.endpoint_id, queued.context) == (endpoint.pk, {"day": "2026-01-02"})
    with pytest.raises(NotAllowed) as refused:
        services.register_endpoint("https://hooks.example.org/sonae", institution_id=hospital.pk, by=manager, now=NOW)
    assert refused.value.refusal.reason is NotificationRefusal.ENDPOINT_EXISTS


def test_a_webhook_does_not_carry_a_whole_file(viewer: Someone) -> None:
    officer = viewer(Role.MINISTRY_OFFICER, NATIONWIDE)
    endpoint, _ = services.register_endpoint("https://a.example.org/", institution_id=None, by=officer, now=NOW)
    with pytest.raises(AssertionError, match="not all of it"):
        services.queue_webhook(endpoint.pk, event="x", body={"all": "x" * 300_000}, key="k", now=NOW)


def test_staff_register_no_webhook_and_strangers_close_none(viewer: Someone, hospital: Institution) -> None:
    at = Place(institution_id=hospital.pk)
    with pytest.raises(NotAllowed):
        services.register_endpoint(
            "https://a.example.org/", institution_id=hospital.pk, by=viewer(Role.STAFF, at), now=NOW
        )
    with pytest.raises(NotAllowed):
        services.register_endpoint("https://a.example.org/", institution_id=None, by=viewer(Role.STAFF, at), now=NOW)
    officer = viewer(Role.MINISTRY_OFFICER, NATIONWIDE)
    endpoint, _ = services.register_endpoint("https://a.example.org/", institution_id=None, by=officer, now=NOW)
    with pytest.raises(Gone):
        services.close_endpoint(endpoint.pk, by=viewer(Role.MINISTRY_OFFICER, NATIONWIDE), now=NOW)
    services.close_endpoint(endpoint.pk, by=officer, now=NOW)
    assert not Endpoint.objects.open().exists()
    with pytest.raises(NotAllowed) as refused:
        services.queue_trial(endpoint.pk, by=officer, now=NOW)
    assert refused.value.refusal.reason is NotificationRefusal.ENDPOINT_CLOSED


def test_one_trial_waits_at_an_endpoint_and_asking_again_tries_it_again(viewer: Someone) -> None:
    officer = viewer(Role.MINISTRY_OFFICER, NATIONWIDE)
    endpoint, _ = services.register_endpoint("https://a.example.org/", institution_id=None, by=officer, now=NOW)
    asked = [services.queue_trial(endpoint.pk, by=officer, now=NOW + timedelta(seconds=n)) for n in range(5)]
    assert len({trial.pk for trial in asked}) == Message.objects.count() == 1
    claimed = services.claim_next(Channel.WEBHOOK, now=NOW)
    assert claimed is not None
    services.mark(claimed, FAILED, now=NOW, spread=0.9)
    put_off = Message.objects.get().next_try_at
    services.queue_trial(endpoint.pk, by=officer, now=NOW + timedelta(seconds=5))
    assert Message.objects.get().next_try_at == put_off
    Message.objects.update(next_try_at=NOW + timedelta(hours=6))
    services.queue_trial(endpoint.pk, by=officer, now=NOW + timedelta(minutes=1))
    assert Message.objects.get().next_try_at == NOW + timedelta(minutes=1)


def test_facts_of_a_message_survive_being_kept_as_json() -> None:
    kept = packing.packed({"at": NOW, "day": date(2026, 1, 2), "text": {"ja": "期限", "en": "Due"}, "list": [NOW]})
    back = packing.unpacked(kept, language="en")
    assert back == {"at": NOW, "day": date(2026, 1, 2), "text": "Due", "list": [NOW]}


def test_a_mail_speaks_the_language_of_its_reader_and_leads_to_the_portal(settings: object) -> None:
    settings.BASE_URL = "https://portal.example.jp"  # type: ignore[attr-defined]
    facts = packing.packed({"title": {"ja": "期限が近い義務", "en": "A duty is due"}, "path": "/duties/"})
    subject, body = mail.written("notice", context=facts, language="en")
    assert subject == "Sonae: A duty is due"
    assert "https://portal.example.jp/duties/" in body
    subject, _ = mail.written("notice", context=facts, language="ja")
    assert "期限が近い義務" in subject


def test_no_mail_template_speaks_html() -> None:
    templates = sorted(Path(sonae.__file__).parent.rglob("templates/*/mail/*.txt"))
    assert templates
    for path in templates:
        text = path.read_text()
        assert "sonae_web" not in text, path
        assert not re.search(r"<\w+[ >]", text), path


def test_a_moment_in_a_mail_is_words() -> None:
    context = Context({"at": NOW, "day": date(2026, 1, 2), "number": 180_000}, autoescape=False)
    engine = Engine(builtins=["sonae.core.notifications.plain_words"], autoescape=False)
    with override("ja"):
        text = engine.from_string("{{ at|jst }} {{ day|jdate }} {{ number|number }} {{ at|due }}").render(context)
    assert text == "2026年11月23日（月） 18:00 2026年1月2日（金） 180,000 2026年11月23日（月） 18:00まで"


def test_nothing_in_a_mail_is_escaped_and_nothing_becomes_a_header() -> None:
    subject, body = mail.written("notice", context={"title": "A & B <c>\r\nBcc: x@example.org"}, language="en")
    assert subject == "Sonae: A & B <c>"
    assert "Bcc: x@example.org" in body


def test_notices_are_written_in_both_languages_from_one_queue_entry(person: Callable[..., Account]) -> None:
    account = person(Language.ENGLISH)
    _queue(account, title={"ja": "期限", "en": "Due soon"})
    queued = Message.objects.get()
    subject, _ = mail.written(queued.template, context=queued.context, language=account.language)
    assert subject == "Sonae: Due soon"
