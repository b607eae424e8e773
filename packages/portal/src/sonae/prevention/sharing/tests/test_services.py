import json
import threading
from datetime import timedelta
from uuid import UUID, uuid4, uuid5

import pytest
import stix2
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit.models import Entry
from sonae.core.institutions.vocabulary import Population
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.errors import BadInput, NotAllowed
from sonae.prevention.sharing import queries, services, stix_objects
from sonae.prevention.sharing.models import Head, Indicator, StixVersion
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, SharingRefusal, SourceKind

K = IndicatorKind
HASH = "a" * 64

# However many indicators are released at once.
MOST_QUERIES = 30


def publish(*candidates, by, now, report_id=None, tlp=Tlp.GREEN, population=Population.SYNTHETIC):
    return services.publish_indicators(
        candidates, report_id=report_id or uuid4(), tlp=tlp, population=population, source=SourceKind.ANALYST,
        by=by.viewer, now=now,
    )  # fmt: skip


def collector_of(institution) -> Viewer:
    return Viewer(institution_ids=frozenset({institution.pk}), scopes=frozenset({Permission.COLLECTOR_EXCHANGE}))


def test_a_released_indicator_is_normal_believed_for_a_time_and_tells_what_to_do(analyst, now):
    (indicator,) = publish(Candidate(K.DOMAIN, "Bad[.]Site.COM"), by=analyst, now=now)
    assert indicator.value == "bad.site.com"
    assert indicator.valid_until == indicator.valid_from + timedelta(days=180)
    assert "切り離して" in indicator.note_ja and "disconnect" in indicator.note_en
    assert Entry.objects.filter(verb="indicator.publish").count() == 1


def test_one_bad_value_stops_the_whole_release_and_is_named(analyst, now):
    with pytest.raises(NotAllowed) as refused:
        publish(Candidate(K.SHA256, HASH), Candidate(K.IPV4, "8.8.8.8"), by=analyst, now=now)
    assert refused.value.refusal.facts["indicator"] == "8.8.8.8"
    assert not Indicator.objects.exists()


@pytest.mark.parametrize(("kind", "text"), [(K.IPV4, "999.1.1.1"), (K.SHA256, "xyz"), (K.URL, "file:///etc/passwd")])
def test_a_value_that_is_none_is_refused(analyst, now, kind, text):
    with pytest.raises(NotAllowed) as refused:
        publish(Candidate(kind, text), by=analyst, now=now)
    assert refused.value.refusal.reason is SharingRefusal.VALUE_NOT_NORMAL


def test_an_empty_release_is_refused(analyst, now):
    with pytest.raises(NotAllowed):
        publish(by=analyst, now=now)


@pytest.mark.parametrize("who", ["manager", "officer", "responder", "stranger"])
def test_only_analysts_release_indicators_on_their_own(request, now, who):
    with pytest.raises(NotAllowed):
        publish(Candidate(K.SHA256, HASH), by=request.getfixturevalue(who), now=now)


def test_releasing_again_confirms_and_doubles_nothing(analyst, now):
    report = uuid4()
    first = publish(
        Candidate(K.IPV4, "45.83.64.1", confidence=40), by=analyst, now=now, report_id=report, tlp=Tlp.AMBER
    )
    again = publish(
        Candidate(K.IPV4, "45.83.64.1", confidence=40), by=analyst, now=now, report_id=report, tlp=Tlp.AMBER
    )
    assert [row.sequence for row in again] == [row.sequence for row in first]
    surer = publish(Candidate(K.IPV4, "45.83.64.1", confidence=90), by=analyst, now=now, tlp=Tlp.GREEN)
    assert surer[0].pk == first[0].pk and surer[0].confidence == 90 and surer[0].tlp == Tlp.GREEN
    assert surer[0].sequence > first[0].sequence
    assert Indicator.objects.count() == 1


def test_a_revoked_indicator_comes_by_once_more_and_may_return_as_a_new_one(analyst, hospital, now):
    (indicator,) = publish(Candidate(K.SHA256, HASH), by=analyst, now=now)
    cursor = queries.page_for(collector_of(hospital), cursor="", limit=10).cursor
    services.revoke_indicator(indicator.pk, by=analyst.viewer, now=now)
    page = queries.page_for(collector_of(hospital), cursor=cursor, limit=10)
    assert [row.revoked_at for row in page.indicators] == [now]
    with pytest.raises(NotAllowed):
        services.revoke_indicator(indicator.pk, by=analyst.viewer, now=now)
    (anew,) = publish(Candidate(K.SHA256, HASH), by=analyst, now=now)
    assert anew.pk != indicator.pk


def test_withdrawing_a_report_spares_what_another_report_also_named(analyst, now):
    mine, other = uuid4(), uuid4()
    publish(Candidate(K.SHA256, HASH), Candidate(K.IPV4, "45.83.64.1"), by=analyst, now=now, report_id=mine)
    publish(Candidate(K.IPV4, "45.83.64.1"), by=analyst, now=now, report_id=other)
    assert services.withdraw_report(mine, by=analyst.viewer, now=now) == 1
    assert [row.value for row in Indicator.objects.standing()] == ["45.83.64.1"]
    assert services.withdraw_report(mine, by=analyst.viewer, now=now) == 0


def test_the_order_of_numbers_tells_nothing_about_the_order_of_reporting(analyst, now):
    values = [f"45.83.64.{end}" for end in range(1, 20)]
    published = publish(*(Candidate(K.IPV4, value) for value in values), by=analyst, now=now)
    order = [row.value for row in sorted(published, key=lambda row: row.sequence)]
    assert order != values and sorted(order) == sorted(values)


def test_every_kind_becomes_a_valid_stix_object_with_the_sector_as_producer(analyst, now):
    candidates = [
        Candidate(K.IPV4, "45.83.64.1"), Candidate(K.IPV6, "2a03:2880::1"), Candidate(K.CIDR, "45.83.64.0/24"),
        Candidate(K.DOMAIN, "bad.site.com"), Candidate(K.URL, "http://bad.site.com/it's"), Candidate(K.MD5, "a" * 32),
        Candidate(K.SHA1, "a" * 40), Candidate(K.SHA256, HASH), Candidate(K.JA3, "c" * 32),
        Candidate(K.EMAIL, "x@bad.com"),
    ]  # fmt: skip
    assert {candidate.kind for candidate in candidates} == set(IndicatorKind)
    for indicator in publish(*candidates, by=analyst, now=now):
        read = stix2.parse(json.dumps(indicator.stix), version="2.1")
        assert read.created_by_ref == stix_objects.SECTOR_ID
        assert read.object_marking_refs == [stix_objects.MARKING_IDS[Tlp.GREEN]]
        assert read.created.isoformat() == "2026-11-22T15:00:00+00:00"
    types = StixVersion.objects.values_list("stix_type", flat=True)
    assert {"indicator", "ipv4-addr", "domain-name", "file", "relationship"} <= set(types)


def test_observables_have_the_id_everyone_computes():
    made = stix_objects.observable(K.IPV4, "198.51.100.3", tlp=Tlp.CLEAR)
    assert made is not None
    # As the STIX 2.1 specification prescribes (2.9): version 5, this namespace, canonical JSON.
    name = '{"value":"198.51.100.3"}'
    assert made["id"] == f"ipv4-addr--{uuid5(UUID('00abedb4-aa42-466c-9c01-fed23315a9b7'), name)}"


@pytest.mark.parametrize("tlp", Tlp)
def test_the_marking_objects_of_tlp_2_are_read_by_the_library(tlp):
    marking = stix_objects.marking(tlp)
    assert stix2.parse(json.dumps(marking), version="2.1")["name"] == f"TLP:{tlp.upper()}"


@pytest.mark.parametrize(
    ("who", "levels"),
    [
        ("analyst", set(Tlp)),
        ("officer", set(Tlp)),
        ("manager", set(Tlp) - {Tlp.RED}),
        ("responder", {Tlp.CLEAR, Tlp.GREEN, Tlp.AMBER}),
        ("colleague", set()),
        ("executive", set()),
        ("inspector", set()),
        ("vendor_person", set()),
        ("operator", set()),
        ("auditor", set()),
    ],
)
def test_nobody_reads_below_the_level(request, analyst, now, who, levels):
    for number, tlp in enumerate(Tlp):
        publish(Candidate(K.IPV4, f"45.83.64.{number}"), by=analyst, now=now, tlp=tlp)
    viewer = request.getfixturevalue(who).viewer
    assert {Tlp(row.tlp) for row in Indicator.objects.visible_to(viewer)} == levels
    assert {Tlp(row.tlp) for row in queries.page_for(viewer, cursor="", limit=99).indicators} == levels


def test_nobody_who_is_not_signed_in_reads_anything(analyst, now):
    publish(Candidate(K.SHA256, HASH), by=analyst, now=now, tlp=Tlp.CLEAR)
    assert not Indicator.objects.visible_to(Viewer.anonymous()).exists()


def test_what_was_made_up_stays_in_the_made_up_sector(analyst, manager, hospital, now):
    publish(Candidate(K.IPV4, "192.0.2.1"), by=analyst, now=now)
    publish(Candidate(K.IPV4, "45.83.64.1"), by=analyst, now=now, population=Population.REAL)
    assert [row.value for row in Indicator.objects.visible_to(manager.viewer)] == ["192.0.2.1"]
    assert [row.value for row in Indicator.objects.visible_to(collector_of(hospital))] == ["192.0.2.1"]
    assert Indicator.objects.visible_to(analyst.viewer).count() == 2


def test_a_reader_who_follows_the_cursors_sees_every_change_once(analyst, hospital, now):
    publish(*(Candidate(K.IPV4, f"45.83.64.{end}") for end in range(1, 24)), by=analyst, now=now)
    viewer, cursor, seen = collector_of(hospital), "", []
    while True:
        page = queries.page_for(viewer, cursor=cursor, limit=5)
        seen += [row.value for row in page.indicators]
        cursor = page.cursor
        if not page.more:
            break
    assert len(seen) == len(set(seen)) == 23
    assert queries.page_for(viewer, cursor=cursor, limit=5).indicators == ()
    assert queries.page_for(viewer, cursor=cursor, limit=5).cursor == cursor


@pytest.mark.parametrize("cursor", ["x", "-1", "1e3", "９", "999999", "1" * 30])
def test_a_cursor_of_another_installation_is_refused(analyst, hospital, now, cursor):
    publish(Candidate(K.SHA256, HASH), by=analyst, now=now)
    with pytest.raises(BadInput):
        queries.page_for(collector_of(hospital), cursor=cursor, limit=5)


def test_a_change_committed_late_is_never_skipped(real_commits, analyst, hospital, now):
    """Writers in several transactions at once; a reader polls all the while and must end with everything."""
    viewer, cursor, seen = collector_of(hospital), "", set()
    values = [[f"45.83.{writer}.{end}" for end in range(1, 7)] for writer in range(1, 4)]

    def write(mine: list[str]) -> None:
        for value in mine:
            publish(Candidate(K.IPV4, value), by=analyst, now=now)
        connections.close_all()

    writers = [threading.Thread(target=write, args=(mine,)) for mine in values]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        page = queries.page_for(viewer, cursor=cursor, limit=4)
        seen |= {row.value for row in page.indicators}
        cursor = page.cursor
    for writer in writers:
        writer.join()
    while (page := queries.page_for(viewer, cursor=cursor, limit=4)).indicators:
        seen |= {row.value for row in page.indicators}
        cursor = page.cursor
    assert seen == {value for mine in values for value in mine}


def test_hundreds_of_indicators_cost_no_more_queries_than_a_handful(analyst, hospital, now):
    many = [Candidate(K.IPV4, f"45.83.{third}.{end}") for third in range(2) for end in range(1, 151)]
    counted = {}
    for name, tlp in (("first", Tlp.AMBER), ("again", Tlp.AMBER), ("widened", Tlp.GREEN)):
        with CaptureQueriesContext(connection) as captured:
            published = publish(*many, by=analyst, now=now, tlp=tlp)
        assert len(published) == len(many)
        counted[name] = len(captured)
    assert all(number <= MOST_QUERIES for number in counted.values()), counted
    numbers = [
        *Indicator.objects.values_list("sequence", flat=True), *StixVersion.objects.values_list("sequence", flat=True),
    ]  # fmt: skip
    assert len(set(numbers)) == len(numbers)
    assert max(numbers) == Head.objects.get().last_sequence
    viewer, cursor, seen = collector_of(hospital), "", []
    while (page := queries.page_for(viewer, cursor=cursor, limit=80)).indicators:
        seen += [row.pk for row in page.indicators]
        cursor = page.cursor
    assert sorted(seen) == sorted(row.pk for row in published)


def newest_versions():
    return {version.stix_type: version for version in StixVersion.objects.order_by("modified")}


def test_what_an_indicator_rests_on_may_be_told_to_as_many_as_the_indicator(analyst, now):
    publish(Candidate(K.IPV4, "45.83.64.1"), by=analyst, now=now, tlp=Tlp.AMBER)
    before = newest_versions()
    last = Head.objects.get().last_sequence
    (widened,) = publish(Candidate(K.IPV4, "45.83.64.1"), by=analyst, now=now, tlp=Tlp.GREEN)
    after = newest_versions()
    assert set(after) == {"indicator", "ipv4-addr", "relationship"}
    for kind, version in after.items():
        assert version.tlp == Tlp.GREEN
        assert version.body["object_marking_refs"] == [stix_objects.MARKING_IDS[Tlp.GREEN]]
        assert (version.stix_id, version.sequence > last) == (before[kind].stix_id, True)
        assert version.modified > before[kind].modified
        stix2.parse(json.dumps(version.body), version="2.1")
    assert queries.objects_of(widened) == [after[kind].body for kind in ("indicator", "ipv4-addr", "relationship")]


def test_what_an_indicator_rests_on_is_not_written_again_where_only_the_confidence_grows(analyst, now):
    publish(Candidate(K.IPV4, "45.83.64.1", confidence=40), by=analyst, now=now)
    publish(Candidate(K.IPV4, "45.83.64.1", confidence=90), by=analyst, now=now)
    types = sorted(StixVersion.objects.values_list("stix_type", flat=True))
    assert types == ["indicator", "indicator", "ipv4-addr", "relationship"]


@pytest.mark.parametrize(
    ("first", "then", "versions"), [(Tlp.AMBER, Tlp.GREEN, ["amber", "green"]), (Tlp.GREEN, Tlp.AMBER, ["green"])]
)
def test_an_observable_that_comes_again_with_another_indicator_keeps_the_widest_circle(
    analyst, now, first, then, versions
):
    (gone,) = publish(Candidate(K.IPV4, "45.83.64.1"), by=analyst, now=now, tlp=first)
    services.revoke_indicator(gone.pk, by=analyst.viewer, now=now)
    (anew,) = publish(Candidate(K.IPV4, "45.83.64.1"), by=analyst, now=now, tlp=then)
    observed = StixVersion.objects.filter(stix_type="ipv4-addr").order_by("modified")
    assert list(observed.values_list("tlp", flat=True)) == versions
    related = StixVersion.objects.get(stix_type="relationship", body__source_ref=f"indicator--{anew.pk}")
    assert related.tlp == then


def test_withdrawing_a_report_takes_all_of_it_back_with_a_number_each(analyst, hospital, now):
    report = uuid4()
    publish(*(Candidate(K.IPV4, f"45.83.64.{end}") for end in range(1, 9)), by=analyst, now=now, report_id=report)
    cursor = queries.page_for(collector_of(hospital), cursor="", limit=99).cursor
    assert services.withdraw_report(report, by=analyst.viewer, now=now) == 8
    page = queries.page_for(collector_of(hospital), cursor=cursor, limit=99)
    assert [row.revoked_at for row in page.indicators] == [now] * 8
    assert all(row.stix["revoked"] for row in page.indicators)
