import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sonae_wire import identity, paths
from sonae_wire.messages import (
    BatchReceipt,
    Heartbeat,
    Indicator,
    IndicatorPage,
    Note,
    Problem,
    RefusedSighting,
    Sighting,
    SightingBatch,
    merged,
)
from sonae_wire.vocabulary import Direction, IndicatorKind, ProblemReason, SensorKind, SightingProblem, Tlp, Where

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
INDICATOR = UUID("018f2b5e-0000-7000-8000-000000000001")


def an_indicator(**changes):
    return Indicator(
        **{
            "id": INDICATOR,
            "kind": IndicatorKind.DOMAIN,
            "value": "evil.example",
            "tlp": Tlp.AMBER,
            "confidence": 80,
            "valid_from": NOW,
            "note": Note(ja="通信を遮断してください。", en="Block it."),
            **changes,
        }
    )


def a_sighting(**changes):
    day = date(2026, 11, 23)
    return Sighting(
        **{
            "id": identity.sighting_id(INDICATOR, day=day, salt="secret"),
            "indicator_id": INDICATOR,
            "first_seen_at": NOW,
            "last_seen_at": NOW,
            "count": 1,
            "direction": Direction.OUTBOUND,
            "where": (Where.DNS_QUERY,),
            "sensor_kind": SensorKind.SURICATA,
            "sensor": "正面玄関の境界",
            **changes,
        }
    )


def a_batch(**changes):
    return SightingBatch(
        **{"batch_id": INDICATOR, "collector_version": "0.1.0", "sent_at": NOW, "sightings": (a_sighting(),), **changes}
    )


@pytest.mark.parametrize(
    "message",
    [
        an_indicator(),
        IndicatorPage(indicators=(an_indicator(revoked=True),), cursor="abc", more=False, as_of=NOW),
        a_sighting(),
        a_batch(),
        BatchReceipt(
            batch_id=INDICATOR,
            accepted=(INDICATOR,),
            refused=(RefusedSighting(id=INDICATOR, reason=SightingProblem.TOO_OLD),),
        ),
        Heartbeat(
            collector_version="0.1.0", sent_at=NOW, events_read=3, bad_lines=0, indicators_held=2, sightings_waiting=0
        ),
        Problem(title="No.", title_ja="いいえ。", status=403, reason=ProblemReason.NOT_ALLOWED, facts={"scope": "x"}),
    ],
)
def test_every_message_comes_back_from_its_own_json(message):
    assert type(message).model_validate_json(message.model_dump_json()) == message


def test_a_message_cannot_be_changed():
    with pytest.raises(ValidationError, match="frozen"):
        an_indicator().confidence = 1


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "Evil.example"},
        {"value": "http://evil.example/"},
        {"confidence": 101},
        {"confidence": True},
        {"valid_from": datetime(2026, 11, 23)},
        {"valid_until": NOW},
        {"labels": ("",)},
        {"kind": "domain"},
        {"hospital": "架空第1病院"},
    ],
)
def test_an_indicator_out_of_form_is_refused(changes):
    with pytest.raises(ValidationError):
        an_indicator(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"count": 0},
        {"last_seen_at": NOW - timedelta(seconds=1)},
        {"where": ()},
        {"where": (Where.HTTP_URL, Where.DNS_QUERY)},
        {"where": (Where.DNS_QUERY, Where.DNS_QUERY)},
        {"sensor": "x" * 65},
        {"sensor": "a\nb"},
        {"event": {"src_ip": "10.0.0.1"}},
        {"src_ip": "10.0.0.1"},
        {"host": "NURSE-PC-7"},
    ],
)
def test_a_sighting_has_no_room_for_more_than_it_may_tell(changes):
    with pytest.raises(ValidationError):
        a_sighting(**changes)


@pytest.mark.parametrize(
    "sensor",
    [
        "10.0.0.1",
        "ids 10.0.0.1",
        "ids@2001:db8::1 x fe80::1",
        "tap(192.168.0.4)",
        "10.0.0.1:8080",
        "10.0.0.0/8",
        "at 10.0.0.1.",
    ],
)
def test_the_name_of_a_sensor_holds_no_address(sensor):
    with pytest.raises(ValidationError, match="internal address"):
        a_sighting(sensor=sensor)


@pytest.mark.parametrize("number", ["1764000000", "true", '"2026-11-23T06:00:00"', '"2026-11-23"'])
def test_a_moment_is_an_aware_text_and_nothing_else(number):
    text = a_sighting().model_dump_json().replace('"2026-11-23T06:00:00Z"', number)
    with pytest.raises(ValidationError):
        Sighting.model_validate_json(text)


def test_a_batch_holds_each_sighting_once_and_not_too_many():
    with pytest.raises(ValidationError, match="twice"):
        a_batch(sightings=(a_sighting(), a_sighting(count=2)))
    with pytest.raises(ValidationError):
        a_batch(sightings=())


def test_the_largest_batch_fits_the_largest_body():
    salted = (identity.sighting_id(INDICATOR, day=date(2026, 11, 23), salt=str(n)) for n in range(paths.BATCH_LIMIT))
    everywhere = tuple(sorted(Where))
    batch = a_batch(sightings=tuple(a_sighting(id=each, where=everywhere, sensor="備" * 64) for each in salted))
    assert len(batch.model_dump_json().encode()) < paths.BODY_LIMIT_BYTES


def test_a_problem_from_a_newer_portal_is_still_read():
    text = json.dumps({"title": "x", "status": 418, "reason": "teapot", "later": 1})
    assert Problem.model_validate_json(text).reason == "teapot"


def test_what_is_seen_twice_on_a_day_is_one_sighting_and_on_two_days_two():
    today = identity.sighting_id(INDICATOR, day=date(2026, 11, 23), salt="s")
    assert today == identity.sighting_id(INDICATOR, day=date(2026, 11, 23), salt="s")
    assert today != identity.sighting_id(INDICATOR, day=date(2026, 11, 24), salt="s")
    assert today != identity.sighting_id(INDICATOR, day=date(2026, 11, 23), salt="t")


def test_a_day_is_a_japanese_day():
    assert identity.day_of(datetime(2026, 11, 22, 14, 59, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert identity.day_of(datetime(2026, 11, 22, 15, tzinfo=UTC)) == date(2026, 11, 23)


def test_equal_contents_make_the_equal_batch():
    assert identity.batch_id(b"a") == identity.batch_id(b"a")
    assert identity.batch_id(b"a") != identity.batch_id(b"b")


SIGHTINGS = st.builds(
    a_sighting,
    count=st.integers(1, 5),
    first_seen_at=st.integers(-5, 0).map(lambda n: NOW + timedelta(hours=n)),
    last_seen_at=st.integers(0, 5).map(lambda n: NOW + timedelta(hours=n)),
    direction=st.sampled_from(Direction),
    where=st.sets(st.sampled_from(Where), min_size=1).map(lambda each: tuple(sorted(each))),
    sensor=st.sampled_from(["", "a", "b"]),
)


@given(SIGHTINGS, SIGHTINGS, SIGHTINGS)
def test_merging_does_not_ask_for_order_or_repetition(one, two, three):
    assert merged(one, one) == one
    assert merged(one, two) == merged(two, one)
    assert merged(merged(one, two), three) == merged(one, merged(two, three))
    assert merged(one, two).count == max(one.count, two.count)


def test_two_different_sightings_are_not_merged():
    other = identity.sighting_id(INDICATOR, day=date(2026, 11, 24), salt="secret")
    with pytest.raises(ValueError, match="one sighting"):
        merged(a_sighting(), a_sighting(id=other))
