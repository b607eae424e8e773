"""Own networks: what can be entered, once at a time, and who sees it."""

import pytest
from django.db import IntegrityError, transaction
from model_bakery import baker

from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit.models import Entry
from sonae.core.institutions import queries, rules, services
from sonae.core.institutions.models import Institution, OwnNetwork
from sonae.core.institutions.testing import NOW, an_institution
from sonae.core.institutions.vocabulary import RegisterRefusal
from sonae.kernel.decision import ALLOWED, Refused
from sonae.kernel.errors import NotAllowed


@pytest.fixture
def person():
    return baker.make(Account, email="hanako@example.jp", created_at=NOW)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("133.20.16.9", "133.20.16.9/32"),
        ("133.20.16.9/28", "133.20.16.0/28"),
        ("133.20.16.0/255.255.255.240", "133.20.16.0/28"),
        (" １３３．２０．１６．０／２８ ", "133.20.16.0/28"),
        ("133.20.0.0/16", "133.20.0.0/16"),
        ("2400:2410:0:0::9/48", "2400:2410::/48"),
        ("2400:2410::/32", "2400:2410::/32"),
    ],
)
def test_a_public_network_is_entered_in_one_spelling(text, canonical):
    assert rules.may_enter_network(text, in_force=()) is ALLOWED
    assert str(rules.network_of(text)) == canonical


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", RegisterRefusal.NETWORK_MALFORMED),
        ("vpn.example.jp", RegisterRefusal.NETWORK_MALFORMED),
        ("133.20.16.0/33", RegisterRefusal.NETWORK_MALFORMED),
        ("133.20.16", RegisterRefusal.NETWORK_MALFORMED),
        ("2400:2410::9%eth0", RegisterRefusal.NETWORK_MALFORMED),
        ("10.0.0.0/8", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("192.168.1.10", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("100.64.0.0/24", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("127.0.0.1", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("198.51.100.0/24", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("224.0.1.1", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("0.0.0.0/0", RegisterRefusal.NETWORK_TOO_WIDE),
        ("fd00::/48", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("::ffff:133.20.16.9", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("2001:db8::/48", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("::/0", RegisterRefusal.NETWORK_NOT_PUBLIC),
        ("133.20.0.0/15", RegisterRefusal.NETWORK_TOO_WIDE),
        ("2400:2410::/31", RegisterRefusal.NETWORK_TOO_WIDE),
        ("45.83.64.9/24", RegisterRefusal.NETWORK_ENTERED_ALREADY),
    ],
)
def test_what_names_no_institution_is_refused_with_its_reason(text, reason):
    decision = rules.may_enter_network(text, in_force={"45.83.64.0/24"})
    assert isinstance(decision, Refused)
    assert decision.reason is reason


def test_the_fifty_first_network_is_refused():
    fifty = {f"45.83.{number}.0/24" for number in range(rules.MOST_NETWORKS)}
    assert rules.may_enter_network("133.20.16.0/28", in_force=fifty) == Refused(
        RegisterRefusal.NETWORKS_TOO_MANY, {"most": 50}
    )


@pytest.mark.django_db
def test_a_network_is_entered_once_at_a_time_and_never_forgotten(person):
    institution = an_institution()
    row = services.enter_network(institution.pk, "133.20.16.9/28", note="回線1", by=person.pk, now=NOW)
    assert (row.network, row.note, row.entered_by) == ("133.20.16.0/28", "回線1", person)
    with pytest.raises(NotAllowed):
        services.enter_network(institution.pk, "133.20.16.0/28", by=person.pk, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        OwnNetwork.objects.create(institution=institution, network=row.network, entered_at=NOW, entered_by=person)
    services.end_network(row.pk, by=person.pk, now=NOW)
    with pytest.raises(NotAllowed) as refused:
        services.end_network(row.pk, by=person.pk, now=NOW)
    assert refused.value.refusal.reason is RegisterRefusal.NETWORK_ENDED_ALREADY
    assert not OwnNetwork.objects.current().exists()
    services.enter_network(institution.pk, "133.20.16.0/28", by=person.pk, now=NOW)
    assert queries.own_networks(institution.pk) == ["133.20.16.0/28"]


@pytest.mark.django_db
def test_the_audit_log_says_who_entered_a_network_but_not_which(person):
    institution = an_institution()
    row = services.enter_network(institution.pk, "133.20.16.0/28", by=person.pk, now=NOW)
    services.end_network(row.pk, by=person.pk, now=NOW)
    entries = Entry.objects.about("own_network", row.pk)
    assert {entry.verb for entry in entries} == {"institutions.enter_network", "institutions.end_network"}
    assert not any("133.20" in str(entry.facts) for entry in entries)


@pytest.mark.django_db
def test_networks_are_seen_by_their_institution_alone(person):
    institution = an_institution()
    services.enter_network(institution.pk, "133.20.16.0/28", by=person.pk, now=NOW)
    assert OwnNetwork.objects.visible_to(Viewer(institution_ids=frozenset({institution.pk}))).count() == 1
    assert not OwnNetwork.objects.visible_to(Viewer(nation=True)).exists()
    inspector = Viewer(jurisdiction_ids=frozenset({institution.jurisdiction_id}))
    assert not OwnNetwork.objects.visible_to(inspector).exists()


@pytest.mark.django_db
def test_networks_go_with_an_institution_that_got_another_code(person):
    kept, absorbed = an_institution(), an_institution()
    Institution.objects.filter(pk=kept.pk).update(vanished_on=NOW.date())
    for institution, text in ((kept, "133.20.16.0/28"), (absorbed, "133.20.16.0/28"), (absorbed, "45.83.64.0/24")):
        services.enter_network(institution.pk, text, by=person.pk, now=NOW)
    services.merge_former_code(kept.pk, absorbed_id=absorbed.pk, by=None, now=NOW)
    assert list(OwnNetwork.objects.filter(institution=kept).values_list("network", flat=True)) == [
        "133.20.16.0/28", "45.83.64.0/24",
    ]  # fmt: skip
