import json

import pytest
import stix2
from django.urls import reverse

from sonae.core.access.vocabulary import Permission
from sonae.core.web.vocabulary import Tlp
from sonae.prevention.sharing.testing import an_indicator
from sonae.testing.cast import bearer


@pytest.fixture
def indicator(analyst, now):
    return an_indicator(by=analyst.viewer, now=now, tlp=Tlp.AMBER_STRICT)


@pytest.mark.parametrize(
    ("who", "sees"), [("analyst", True), ("officer", True), ("manager", True), ("responder", False)]
)
def test_who_finds_an_indicator(request, indicator, who, sees):
    client = request.getfixturevalue(who).client
    assert (indicator.value in client.get(reverse("sharing:list")).content.decode()) is sees
    for name in ("detail", "bundle"):
        assert client.get(reverse(f"sharing:{name}", args=[indicator.pk])).status_code == (200 if sees else 404)
    assert client.get(f"/api/v1/indicators/{indicator.pk}").status_code == (200 if sees else 404)


@pytest.mark.parametrize("who", ["colleague", "executive", "inspector", "vendor_person", "operator", "auditor"])
def test_who_does_not_enter(request, indicator, who):
    client = request.getfixturevalue(who).client
    assert client.get(reverse("sharing:list")).status_code == 403
    assert client.get("/api/v1/indicators").status_code == 403


def test_the_bundle_is_stix_with_its_marking(manager, indicator):
    answer = manager.client.get(reverse("sharing:bundle", args=[indicator.pk]))
    bundle = stix2.parse(answer.content.decode(), version="2.1")
    assert {each["type"] for each in bundle.objects} == {
        "marking-definition", "identity", "indicator", "ipv4-addr", "relationship",
    }  # fmt: skip


def test_an_analyst_takes_an_indicator_back(analyst, manager, indicator):
    client = analyst.client
    client.post(reverse("sharing:revoke", args=[indicator.pk]))
    page = client.get(reverse("sharing:detail", args=[indicator.pk])).content.decode()
    assert "This indicator was taken back" in page
    assert manager.client.post(reverse("sharing:revoke", args=[indicator.pk])).status_code == 403


def test_the_api_pages_by_a_cursor_that_goes_on(analyst, manager, now):
    for end in range(1, 5):
        an_indicator(f"45.83.64.{end}", by=analyst.viewer, now=now)
    client = bearer(manager.token(Permission.INDICATOR_READ))
    first = json.loads(client.get("/api/v1/indicators", {"limit": 3}).content)
    assert len(first["items"]) == 3 and first["more"]
    rest = json.loads(client.get("/api/v1/indicators", {"cursor": first["next_cursor"]}).content)
    assert len(rest["items"]) == 1 and not rest["more"]
    an_indicator("45.83.64.9", by=analyst.viewer, now=now)
    new = json.loads(client.get("/api/v1/indicators", {"cursor": rest["next_cursor"]}).content)
    assert [item["value"] for item in new["items"]] == ["45.83.64.9"]
    assert bearer(manager.token(Permission.DUTY_READ)).get("/api/v1/indicators").status_code == 403


def test_the_list_tells_what_was_taken_back_from_what_stands(analyst, now):
    standing = an_indicator("45.83.64.1", by=analyst.viewer, now=now)
    revoked = an_indicator("45.83.64.2", by=analyst.viewer, now=now)
    client = analyst.client
    client.post(reverse("sharing:revoke", args=[revoked.pk]))
    for answer, shown in (("", {standing, revoked}), ("yes", {revoked}), ("no", {standing})):
        page = client.get(reverse("sharing:list"), {"revoked": answer}).content.decode()
        assert {row for row in (standing, revoked) if row.value in page} == shown
