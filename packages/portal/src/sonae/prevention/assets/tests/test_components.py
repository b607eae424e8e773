"""A list of components comes to an asset, and a scan of the network to a ledger."""

import json
from datetime import timedelta

import pytest
from django.utils.translation import override

from sonae.kernel.errors import BadInput, NotAllowed
from sonae.prevention.assets import services
from sonae.prevention.assets.intake import presenting
from sonae.prevention.assets.intake.vocabulary import ImportState, IntakeRefusal, QuestionAnswer, Verdict
from sonae.prevention.assets.models import Asset, Component, LedgerQuestion, PlannedRow
from sonae.prevention.assets.services import AssetContent
from sonae.prevention.assets.testing import a_list, applied, apply, planned, undone

SECOND = timedelta(seconds=1)


def bom(*parts):
    listed = [dict(zip(("name", "version", "cpe"), part, strict=False)) for part in parts]
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "components": listed}).encode()


def scan(*hosts):
    found = "".join(
        f'<host><status state="up"/><address addr="{ip}" addrtype="ipv4"/>'
        + (f'<address addr="{mac}" addrtype="mac"/>' if mac else "")
        + (f'<hostnames><hostname name="{name}"/></hostnames></host>' if name else "</host>")
        for ip, mac, name in hosts
    )
    return f"<nmaprun>{found}</nmaprun>".encode()


@pytest.fixture
def device(manager, hospital, now):
    content = AssetContent(
        kind="medical_device", name="CT", maker="", product="", version="", place="", responsible="", note=""
    )
    return services.record_asset(hospital.pk, content, by=manager.viewer, now=now)


def listed(asset):
    return sorted(Component.objects.filter(asset=asset).values_list("name", "version", "cpe"))


def test_a_list_of_components_is_planned_applied_and_taken_back(manager, hospital, device, now):
    how = {"institution_id": hospital.pk, "by": manager.viewer, "asset_id": device.pk, "name": "bom.json"}
    first = applied(bom(("a", "1"), ("b", "1"), ("b", "1")), now=now + SECOND, **how)
    assert (first.rows_added, listed(device)) == (2, [("a", "1", ""), ("b", "1", "")])
    second = planned(bom(("a", "1", "cpe:2.3:a:x:a:1"), ("c", "2")), now=now + 9 * SECOND, **how)
    # A part that has a new identifier is another one: nothing says that it is the same.
    assert (second.rows_added, second.rows_vanished, second.rows_unchanged) == (2, 2, 0)
    apply(second, by=manager.viewer, now=now + 10 * SECOND)
    assert listed(device) == [("a", "1", "cpe:2.3:a:x:a:1"), ("c", "2", "")]
    with pytest.raises(BadInput) as refused:
        services.order_undo(first.pk, by=manager.viewer, now=now + 11 * SECOND)
    assert refused.value.problems[0].facts == {"name": "CT"}
    undone(second, by=manager.viewer, now=now + 12 * SECOND)
    assert listed(device) == [("a", "1", ""), ("b", "1", "")]
    with override("en"):
        told = [event.title for event in presenting.history_of(device, manager.viewer)]
    assert told[-2:] == ["Components taken from “bom.json”", "Recorded"]


def test_a_component_whose_hash_changed_is_changed(manager, hospital, device, now):
    how = {"institution_id": hospital.pk, "by": manager.viewer, "asset_id": device.pk, "name": "bom.json"}
    one = {"name": "a", "version": "1", "purl": "pkg:generic/a@1"}
    wrapped = {"bomFormat": "CycloneDX", "components": [one]}
    applied(json.dumps(wrapped).encode(), now=now + SECOND, **how)
    one["hashes"] = [{"alg": "SHA-256", "content": "FF"}]
    run = applied(json.dumps(wrapped).encode(), now=now + 9 * SECOND, **how)
    assert run.rows_changed == 1
    assert Component.objects.get().hash_value == "ff"
    undone(run, by=manager.viewer, now=now + 15 * SECOND)
    assert Component.objects.get().hash_value == ""


def test_a_list_of_components_needs_its_asset_and_no_other_asset_can_be_named(
    manager, stranger, hospital, other_hospital, device, now
):
    with pytest.raises(BadInput) as refused:
        planned(bom(("a", "1")), institution_id=hospital.pk, by=manager.viewer, now=now)
    assert refused.value.problems[0].reason is IntakeRefusal.NEEDS_AN_ASSET
    with pytest.raises(NotAllowed):
        planned(bom(("a", "1")), institution_id=hospital.pk, by=stranger.viewer, now=now, asset_id=device.pk)


def test_a_broken_list_says_why_on_its_import_and_changes_nothing(manager, hospital, device, now):
    how = {"institution_id": hospital.pk, "by": manager.viewer, "asset_id": device.pk, "name": "bom.json"}
    run = planned(bom(("a", "1"))[:-3], now=now + SECOND, **how)
    assert (run.state, run.refusal[0]["reason"]) == (ImportState.REFUSED, IntakeRefusal.BOM_MALFORMED)
    assert not PlannedRow.objects.filter(run=run).exists()
    with override("en"):
        assert presenting.refusals_of(run) == [
            "The list of components is malformed: parse error: premature EOF. Please ask its maker for another."
        ]


def test_a_scan_asks_about_hosts_that_nobody_recorded_and_tells_a_new_address(manager, hospital, now):
    applied(a_list(), institution_id=hospital.pk, by=manager.viewer, now=now)
    seen = scan(
        ("192.0.2.99", "00:11:22:33:44:66", "pc01"),  # known by its card, elsewhere now
        ("192.0.2.1", "", ""),  # known by its address alone
        ("192.0.2.10", "00:aa:aa:aa:aa:aa", "strange"),  # a known address, another card
        ("192.0.2.50", "00:bb:bb:bb:bb:bb", "new"),
    )
    run = planned(seen, institution_id=hospital.pk, by=manager.viewer, now=now + 9 * SECOND, name="scan.xml")
    assert [(row.line, row.verdict, row.label) for row in PlannedRow.objects.filter(run=run).order_by("line")] == [
        (1, Verdict.CHANGED, "pc01"), (2, Verdict.UNCHANGED, "192.0.2.1"), (3, Verdict.UNKNOWN, "strange"),
        (4, Verdict.UNKNOWN, "new"),
    ]  # fmt: skip
    apply(run, by=manager.viewer, now=now + 10 * SECOND)
    assert Asset.objects.get(asset_number="A-002").ip_address == "192.0.2.99"
    assert Asset.objects.in_use().count() == 3
    new = LedgerQuestion.objects.get(label="new")
    services.answer_question(new.pk, QuestionAnswer.ADD, reason="新設", by=manager.viewer, now=now + 12 * SECOND)
    added = Asset.objects.get(hostname="new")
    assert (added.name, added.mac_address, added.ip_address) == ("new", "00:bb:bb:bb:bb:bb", "192.0.2.50")
    # The next scan asks about the strange one no second time while nobody has answered, and about what answers no more.
    again = planned(
        scan(("192.0.2.10", "00:aa:aa:aa:aa:aa", "strange"), ("192.0.2.1", "", "")),
        institution_id=hospital.pk, by=manager.viewer, now=now + 20 * SECOND, name="scan.xml",
    )  # fmt: skip
    assert (again.rows_unknown, again.rows_vanished) == (0, 2)
