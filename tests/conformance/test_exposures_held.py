"""Ledgers held against advisories: incrementally what the slow way says from scratch, whatever happened before."""

import random
from datetime import timedelta

import pytest

from sonae.prevention.advisories import services as advisories
from sonae.prevention.advisories.models import ProductStatement, VersionText
from sonae.prevention.advisories.vocabulary import ProductStatus
from sonae.prevention.assets import services as assets
from sonae.prevention.assets.models import Asset
from sonae.prevention.exposure import engine, ledger, queries, services
from sonae.prevention.exposure.models import (
    Exposure,
    Hit,
    IndexState,
    NamePair,
    Notice,
    Question,
    StepTaken,
    TakenRange,
)
from sonae.prevention.exposure.services import holding
from sonae.prevention.exposure.testing import FREE, HIT, a_device, a_notice
from sonae.prevention.exposure.vocabulary import Asking, Certainty, Course, MatchReason, WouldChange
from sonae_engine.exposure import reference
from sonae_engine.exposure.scale import Statement, folder
from sonae_engine.exposure.vocabulary import Answer, Ask, Change, Component, Covered, Reason

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_folder_of_its_own(settings, tmp_path):
    settings.HOME = tmp_path


MAKERS = ("Fortinet", "フォーティネット", "Philips", "")
PRODUCTS = ("FortiGate 60F", "IntelliVue MP50", "VPN装置", "FortiClient")
ADVISED = (("Fortinet", "FortiOS"), ("Philips", "IntelliVue MP20-MP90"), ("Fortinet", "FortiClient"))
RANGES = ("< 6.0.5", ">= 7.0", "all the old ones")
VERSIONS = (HIT, FREE, "")


def slowly() -> set[tuple[object, int, str, bool, bool]]:
    """What the reference finds between everything that is there now: asset, statement, thing, unclear, within."""
    things = {
        thing.key: (asset, thing)
        for asset in Asset.objects.filter(retired_at=None)
        for thing in ledger.things_of(asset)
    }
    said = ProductStatement.objects.standing().filter(status=ProductStatus.AFFECTED, advisory__is_withdrawn=False)
    statements = [
        Statement(
            str(one.pk), str(one.advisory_id), one.vendor, one.product, engine.identifiers_of(one.identifiers),
            (one.version.standing,) if one.version else (),
        ).as_product()
        for one in said
    ]  # fmt: skip
    components = [
        Component(
            key, one.maker, one.product, one.model, one.version,
            engine.identifiers_of({kind: list(some) for kind, some in one.identifiers.items()}),
        )
        for key, (_, one) in things.items()
    ]  # fmt: skip
    return {
        (things[one.component][0].pk, int(one.product), one.component, one.verdict.answer is Answer.UNCLEAR,
         one.covered is Covered.YES)
        for one in reference.matches(components, statements)
    }  # fmt: skip


def written() -> set[tuple[object, int, str, bool, bool]]:
    return {
        (hit.exposure.asset_id, hit.statement_id, hit.key, hit.pair_id is not None, hit.is_within)
        for hit in Hit.objects.select_related("exposure")
    }


def held(now):
    """Everything that is due, in as many jobs as it takes."""
    while services.hold(now=now, pieces=7):
        pass
    assert not queries.is_anything_due(now=now)


@pytest.mark.parametrize("seed", range(3))
def test_after_any_sequence_of_changes_the_job_says_what_the_slow_way_says(
    seed, manager, hospital, other_hospital, stranger, officer, now
):
    chance = random.Random(seed)
    owners = ((hospital, manager), (other_hospital, stranger))
    revisions: dict[int, int] = {}
    seen: set[object] = set()
    drawn = chance.choices(("device", "notice", "change", "retire", "state", "withdraw"), (2, 2, 2, 1, 1, 1), k=12)
    for at, what in enumerate(["device", "device", "device", "notice", "notice", *drawn]):
        moment = now + timedelta(hours=at)
        devices = list(Asset.objects.filter(retired_at=None).order_by("pk"))
        named = {"maker": chance.choice(MAKERS), "product": chance.choice(PRODUCTS), "version": chance.choice(VERSIONS)}
        if what == "device" or not devices:
            owner, who = chance.choice(owners)
            a_device(owner.pk, by=who.viewer, now=moment, os=chance.choice(("", "FortiOS")), **named)
        elif what in ("notice", "withdraw"):
            number = chance.randrange(3)
            revisions[number] = revisions.get(number, 0) + 1
            said = [(*chance.choice(ADVISED), chance.choice(RANGES)) for _ in range(chance.randint(1, 2))]
            a_notice(
                *dict.fromkeys(said), now=moment, identifier=f"EX-26-10{number}", revision=str(revisions[number]),
                withdrawn=what == "withdraw",
            )  # fmt: skip
        elif what == "state":
            if text := VersionText.objects.filter(text=RANGES[2]).first():
                said = chance.choice(("< 7.0", ">= 7.0"))
                advisories.state_range(text.pk, said=said, why="The maker says so.", by=officer.viewer, now=moment)
        else:
            device = chance.choice(devices)
            who = manager if device.institution_id == hospital.pk else stranger
            if what == "retire":
                assets.retire_asset(device.pk, by=who.viewer, now=moment)
            else:
                content = {"kind": device.kind, "name": device.name, "place": "", "responsible": "", "note": ""} | named
                assets.change_asset(device.pk, content, by=who.viewer, now=moment)
        if chance.random() < 0.5:
            held(moment)
            assert written() == slowly()
            seen |= written()
    held(now + timedelta(days=1))
    assert written() == slowly()
    assert len(seen | written()) > 3, "the draw holds something to find"
    standing = {one.pk for one in Exposure.objects.standing()}
    assert standing == set(Hit.objects.values_list("exposure", flat=True)), "what nothing hits is lifted, nothing else"


def test_a_device_that_an_advisory_names_is_exposed_and_lifted_with_its_new_version(manager, hospital, now):
    device = a_device(hospital.pk, by=manager.viewer, now=now)
    a_notice(now=now)
    held(now)
    exposure = Exposure.objects.get(asset=device)
    assert (exposure.course, exposure.certainty) == (Course.UNANSWERED, Certainty.CERTAIN)
    assert exposure.grounds
    content = {"kind": device.kind, "name": device.name, "maker": device.maker, "product": device.product}
    content |= {"version": FREE, "place": "", "responsible": "", "note": ""}
    assets.change_asset(device.pk, content, by=manager.viewer, now=now)
    held(now)
    exposure.refresh_from_db()
    assert exposure.course == Course.LIFTED
    history = StepTaken.objects.filter(exposure=exposure).values_list("came_from", "course")
    assert list(history) == [(Course.LIFTED, Course.UNANSWERED), (Course.UNANSWERED, Course.LIFTED)]


def test_held_again_nothing_changes(manager, hospital, now):
    a_device(hospital.pk, by=manager.viewer, now=now)
    a_notice(now=now)
    held(now)

    def everything():
        return [list(model.objects.order_by("pk").values()) for model in (Exposure, Hit, StepTaken, Question, NamePair)]

    before = everything()
    holding.note_ledger(hospital.pk)
    Notice.objects.update(is_put=False, is_settled=False)
    held(now + timedelta(minutes=1))
    assert everything() == before


@pytest.mark.parametrize("where", ["_put_ledgers", "_put_notices", "_settle_ledgers", "_settle_notices", "_weigh_anew"])
def test_whoever_is_killed_loses_nothing(where, manager, hospital, now, monkeypatch):
    a_device(hospital.pk, by=manager.viewer, now=now)
    a_notice(now=now)
    whole = getattr(holding, where)

    def killed(*args, **named):
        whole(*args, **named)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(holding, where, killed)
        with pytest.raises(SystemExit):
            services.hold(now=now)
    held(now)
    assert written() == slowly() != set()
    assert StepTaken.objects.count() == 1


def test_two_are_never_at_it(manager, hospital, now):
    a_device(hospital.pk, by=manager.viewer, now=now)
    with holding._alone() as first:
        assert first
        assert services.hold(now=now) == 0
    assert services.hold(now=now) > 0


def test_by_other_rules_everything_is_put_in_anew_and_nothing_is_lifted_meanwhile(manager, hospital, now, monkeypatch):
    a_device(hospital.pk, by=manager.viewer, now=now)
    a_notice(now=now)
    held(now)
    before, folder_before = list(Exposure.objects.values()), IndexState.objects.get().folder
    monkeypatch.setattr(folder, "rules_digest", lambda: "other rules")
    holding.note_ledger(hospital.pk)
    services.hold(now=now, pieces=1)
    assert list(Exposure.objects.values()) == before
    held(now)
    assert list(Exposure.objects.values()) == before
    assert IndexState.objects.get().folder != folder_before


def test_a_folder_that_is_gone_is_made_again(manager, hospital, now):
    a_device(hospital.pk, by=manager.viewer, now=now)
    a_notice(now=now)
    held(now)
    before = written()
    (holding.folder() / str(IndexState.objects.get().folder)).rename(holding.folder() / "elsewhere")
    holding.note_ledger(hospital.pk)
    held(now)
    assert written() == before


def test_the_end_of_a_connection_is_held_with_the_firmware_that_the_connection_names(manager, hospital, now):
    device = a_device(hospital.pk, by=manager.viewer, now=now, version=FREE)
    a_notice(now=now)
    held(now)
    assert not Exposure.objects.exists()
    content = dict.fromkeys(("vendor", "purpose", "contract_clause", "note"), "") | dict.fromkeys(
        ("source_restricted", "multi_factor", "patched_by"), "unknown"
    )
    content |= {"kind": "vpn", "name": "保守回線", "device": device, "firmware": HIT, "last_checked_on": None}
    assets.record_connection(hospital.pk, content, by=manager.viewer, now=now)
    held(now)
    assert Exposure.objects.get().hits.get().key.startswith("n:")


def test_a_stated_range_is_taken_in_once(manager, hospital, officer, now):
    a_device(hospital.pk, by=manager.viewer, now=now)
    a_notice(("Fortinet", "FortiOS", RANGES[2]), now=now)
    held(now)
    assert Exposure.objects.get().certainty == Certainty.VERSION_UNKNOWN
    text = VersionText.objects.get(text=RANGES[2])
    advisories.state_range(text.pk, said="< 6.0.5", why="The maker says so.", by=officer.viewer, now=now)
    held(now)
    assert Exposure.objects.get().certainty == Certainty.CERTAIN
    assert TakenRange.objects.count() == 1


def test_the_words_are_those_of_the_engine():
    never = {Reason.CONFIRMED, Reason.OTHER_MAKER, Reason.OTHER_MODEL, Reason.OTHER_PRODUCT}
    assert {one.value for one in MatchReason} == {one.value for one in set(Reason) - never}
    assert {one.value for one in WouldChange} == {one.value for one in Change}
    assert {one.value for one in Asking} == {one.value for one in Ask}
