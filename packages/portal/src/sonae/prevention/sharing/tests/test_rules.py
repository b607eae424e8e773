from datetime import UTC, datetime, timedelta

import pytest

from sonae.core.accounts.vocabulary import Role
from sonae.core.institutions.vocabulary import Population
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import ALLOWED, Refused
from sonae.prevention.sharing import rules, warning_lists
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, SharingRefusal, WarningList
from sonae_wire.vocabulary import IndicatorKind as WireKind
from sonae_wire.vocabulary import Tlp as WireTlp

K = IndicatorKind
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_the_kinds_and_levels_are_those_of_the_wire():
    assert {kind.value for kind in IndicatorKind} == {kind.value for kind in WireKind}
    assert {f"TLP:{level.upper()}" for level in Tlp} == {level.value for level in WireTlp}


@pytest.mark.parametrize(
    ("kind", "value", "listed"),
    [
        (K.IPV4, "192.0.2.7", WarningList.DOCUMENTATION),
        (K.IPV6, "2001:db8::7", WarningList.DOCUMENTATION),
        (K.CIDR, "203.0.113.0/25", WarningList.DOCUMENTATION),
        (K.IPV4, "10.1.2.3", WarningList.NOT_PUBLIC),
        (K.IPV4, "169.254.1.1", WarningList.NOT_PUBLIC),
        (K.IPV4, "224.0.0.251", WarningList.NOT_PUBLIC),
        (K.IPV6, "fe80::1", WarningList.NOT_PUBLIC),
        (K.CIDR, "192.168.0.0/24", WarningList.NOT_PUBLIC),
        (K.IPV4, "8.8.8.8", WarningList.PUBLIC_RESOLVER),
        (K.CIDR, "8.8.8.0/24", WarningList.PUBLIC_RESOLVER),
        (K.IPV6, "2606:4700:4700::1111", WarningList.PUBLIC_RESOLVER),
        (K.IPV4, "45.83.64.1", None),
        (K.CIDR, "45.83.64.0/24", None),
        (K.IPV6, "2a03:2880::1", None),
        (K.DOMAIN, "microsoft.com", WarningList.WELL_KNOWN),
        (K.DOMAIN, "www.google.com", WarningList.WELL_KNOWN),
        (K.DOMAIN, "micros0ft.com", None),
        (K.DOMAIN, "evil.blogspot.com", None),
        (K.DOMAIN, "co.jp", WarningList.PUBLIC_SUFFIX),
        (K.DOMAIN, "www.mhlw.go.jp", WarningList.PUBLIC_BODY),
        (K.DOMAIN, "update.example", WarningList.RESERVED_NAME),
        (K.DOMAIN, "server1.local", WarningList.RESERVED_NAME),
        (K.DOMAIN, "notexample", None),
        (K.URL, "https://google.com/", WarningList.WELL_KNOWN),
        (K.URL, "https://github.com/attacker/tool.exe", None),
        (K.URL, "http://192.168.1.1/x", WarningList.NOT_PUBLIC),
        (K.URL, "http://45.83.64.1/x", None),
        (K.URL, "http://[2001:db8::1]/x", WarningList.DOCUMENTATION),
        (K.URL, "https://www.city.lg.jp/x", WarningList.PUBLIC_BODY),
        (K.EMAIL, "someone@gmail.com", None),
        (K.EMAIL, "someone@mhlw.go.jp", WarningList.PUBLIC_BODY),
        (K.MD5, "d41d8cd98f00b204e9800998ecf8427e", WarningList.EMPTY_FILE),
        (K.SHA256, "a" * 64, None),
        (K.JA3, "b" * 32, None),
    ],
)
def test_what_would_set_off_false_alarms_is_recognised(kind, value, listed):
    assert rules.warning_of(kind, value, lists=warning_lists.shipped()) == listed


def test_a_refused_value_is_named_together_with_its_list():
    decision = rules.may_publish(
        Candidate(K.IPV4, "8.8.8.8"), lists=warning_lists.shipped(), population=Population.REAL
    )
    assert decision == Refused(
        SharingRefusal.ON_WARNING_LIST, {"indicator": "8.8.8.8", "list": WarningList.PUBLIC_RESOLVER}
    )


@pytest.mark.parametrize("value", ["192.0.2.7", "198.51.100.9"])
def test_documentation_addresses_pass_in_the_synthetic_sector_only(value):
    lists = warning_lists.shipped()
    assert rules.may_publish(Candidate(K.IPV4, value), lists=lists, population=Population.SYNTHETIC) == ALLOWED
    assert not rules.may_publish(Candidate(K.IPV4, value), lists=lists, population=Population.REAL).ok


@pytest.mark.parametrize("confidence", [-1, 101])
def test_a_confidence_is_a_percentage(confidence):
    decision = rules.may_publish(
        Candidate(K.MD5, "a" * 32, confidence=confidence), lists=warning_lists.shipped(), population=Population.REAL
    )
    assert isinstance(decision, Refused) and decision.reason is SharingRefusal.CONFIDENCE_OUT_OF_RANGE


def test_an_indicator_ends_after_it_begins():
    assert rules.may_last(Candidate(K.MD5, "a" * 32), valid_from=NOW) == ALLOWED
    assert not rules.may_last(Candidate(K.MD5, "a" * 32, valid_until=NOW), valid_from=NOW).ok


def test_every_kind_has_an_end():
    assert set(rules.BELIEVED_FOR) == set(IndicatorKind)
    assert rules.believed_until(Candidate(K.IPV4, "45.83.64.1"), valid_from=NOW) == NOW + timedelta(days=90)


@pytest.mark.parametrize(
    ("role", "levels"),
    [
        (Role.MINISTRY_OFFICER, set(Tlp)),
        (Role.SHARING_ANALYST, set(Tlp)),
        (Role.INSTITUTION_MANAGER, set(Tlp) - {Tlp.RED}),
        (Role.RESPONDER, {Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER}),
        *(
            (role, set())
            for role in (Role.STAFF, Role.EXECUTIVE, Role.INSPECTOR, Role.VENDOR, Role.OPERATOR, Role.AUDITOR)
        ),
    ],
)
def test_each_role_reads_its_levels(role, levels):
    assert rules.readable_levels({role}, is_program=False) == levels


def test_a_machine_reads_everything_but_red():
    assert rules.readable_levels((), is_program=True) == set(Tlp) - {Tlp.RED}


def test_times_in_released_objects_tell_no_more_than_the_day():
    assert rules.coarse(NOW).isoformat() == "2026-11-23T00:00:00+09:00"
    first = rules.coarse(NOW)
    assert rules.later_version(first, now=NOW) > first
    assert rules.later_version(first, now=NOW + timedelta(days=1)) == rules.coarse(NOW + timedelta(days=1))


def test_what_was_told_to_many_stays_told_to_many():
    assert rules.widest(Tlp.AMBER, Tlp.GREEN) is Tlp.GREEN
    assert rules.widest(Tlp.CLEAR, Tlp.RED) is Tlp.CLEAR
