"""What a ledger holds and to whom a bulletin about a product goes: two rooms, one spelling."""

import json

import pytest

from sonae.core.access.vocabulary import Permission
from sonae.core.bulletins import queries as bulletins
from sonae.core.bulletins.models import OwnedProduct
from sonae.prevention.assets import services
from sonae.prevention.assets.services import AssetContent
from sonae.testing.cast import bearer


@pytest.fixture(autouse=True)
def one_is_enough(settings):
    """So that what is counted can be seen; that few are not told is tested where it is decided."""
    settings.DISCLOSURE_K = 1


def own(institution, *, by, now, maker="Fortinet", product="FortiGate 60F"):
    content = AssetContent(
        kind="network", name="VPN", maker=maker, product=product, version="", place="", responsible="", note=""
    )
    return services.record_asset(institution.pk, content, by=by.viewer, now=now)


@pytest.mark.parametrize(
    "typed",
    [
        "Fortinet FortiGate 60F",
        "fortinet fortigate 60f",
        "Ｆｏｒｔｉｎｅｔ　ＦｏｒｔｉＧａｔｅ　６０Ｆ",
        "  Fortinet  FortiGate\t60F ",
    ],
)
def test_a_product_reaches_its_owners_however_it_is_spelt(typed, hospital, other_hospital, manager, analyst, now):
    own(hospital, by=manager, now=now)
    page = analyst.client.post("/bulletins/audience/", {"product": typed}).text
    assert "Reaches at least 1 " in page
    program = bearer(analyst.token(Permission.BULLETIN_WRITE))
    counted = program.post(
        "/api/v1/bulletins/audience", json.dumps({"product": typed}), content_type="application/json"
    )
    assert counted.json()["institutions"] == 1


def test_the_form_offers_what_several_ledgers_hold_with_the_number_of_its_owners(
    hospital, other_hospital, manager, stranger, analyst, settings, now
):
    own(hospital, by=manager, now=now)
    own(other_hospital, by=stranger, now=now, maker="ＦＯＲＴＩＮＥＴ")
    own(hospital, by=manager, now=now, maker="Example", product="Charts of one hospital")
    settings.DISCLOSURE_K = 2
    assert bulletins.known_products() == [("fortinet fortigate 60f", 2)]
    page = analyst.client.get("/bulletins/new/").text
    assert 'list="known-products"' in page
    assert '<option value="fortinet fortigate 60f">2 institutions own it</option>' in page
    assert "charts of one hospital" not in page


@pytest.mark.parametrize("letter", ["m", "ß", "㍿"])
def test_the_longest_names_of_a_ledger_are_kept_and_reached(letter, hospital, manager, analyst, now):
    maker, product = letter * 120, letter * 120
    own(hospital, by=manager, now=now, maker=maker, product=product)
    assert OwnedProduct.objects.get().product.startswith(letter.casefold()[0] if letter != "㍿" else "株式会社")
    typed = f"{maker} {product}"
    assert "Reaches at least 1 " in analyst.client.post("/bulletins/audience/", {"product": typed}).text
    words = {
        "tlp": "green", "title_ja": "更新", "title_en": "Update", "body_ja": "更新してください。", "body_en": "Please.",
    }  # fmt: skip
    saved = analyst.client.post("/bulletins/new/", words | {"product": typed})
    assert "Reaches at least 1 " in analyst.client.get(saved.headers["Location"]).text


@pytest.mark.parametrize(("maker", "product"), [("", "Charts 9"), ("Example", "  "), ("", "")])
def test_half_a_name_is_no_product(maker, product, hospital, manager, now):
    own(hospital, by=manager, now=now, maker=maker, product=product)
    assert not OwnedProduct.objects.exists()
