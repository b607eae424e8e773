import datetime as dt
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from sonae.core.institutions import offices

OWN = """
[[offices]]
id = "ministry"
name_ja = "厚生労働省"
name_en = "Ministry"
phone = "03-0000-0000"
source_ja = "電話で確認"
source_en = "called"
as_of = 2026-12-01
is_confirmed = true

[[offices]]
id = "inspecting-body"
jurisdiction = "01202"
name_ja = "函館市保健所"
name_en = "Hakodate City Health Centre"
phone = "0138-00-0000（夜間可）"
source_ja = "市の案内"
source_en = "page of the city"
as_of = 2026-12-01
"""


@pytest.fixture
def home(settings, tmp_path):
    settings.HOME = tmp_path
    offices.known.cache_clear()
    yield tmp_path
    offices.known.cache_clear()


def test_what_is_shipped_says_where_it_comes_from_and_claims_nothing():
    for office in offices.shipped():
        assert office.phone or office.url
        assert office.source_ja and office.source_en and isinstance(office.as_of, dt.date)
        assert not office.is_confirmed
    assert {office.id for office in offices.shipped()} == {"ministry", "police", "commission"}


def test_an_installation_corrects_a_number_and_names_the_body_of_its_city(home):
    (home / "offices.toml").write_text(OWN, encoding="utf-8")
    called = {office.id: office for office in offices.to_call("01202")}
    assert set(called) == {"ministry", "police", "commission", "inspecting-body"}
    assert (called["ministry"].phone, called["ministry"].is_confirmed) == ("03-0000-0000", True)
    assert called["inspecting-body"].dialled == "0138000000"
    assert "inspecting-body" not in {office.id for office in offices.to_call("13000")}


def test_without_a_file_of_its_own_an_installation_has_what_is_shipped(home):
    assert offices.known() == offices.shipped()
    assert {office.id: office.dialled for office in offices.known()}["police"] == "%239110"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[offices]]\nid = 'x'\n", "missing"),
        ("[[offices]]\nphon = '1'\n", "phon"),
        ("[[offices]", "offices.toml"),
        (OWN.replace('jurisdiction = "01202"\n', ""), "jurisdiction"),
        (OWN.replace('phone = "03-0000-0000"', 'url = "javascript:alert(1)"'), "https"),
    ],
)
def test_a_wrong_file_stops_the_start_and_says_what_is_wrong(home, text, said):
    (home / "offices.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ImproperlyConfigured, match=said):
        offices.known()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_example_of_the_manual_is_a_file_that_is_read(home, language):
    here = Path(__file__)
    manual = next(above / "docs" for above in here.parents if (above / "docs" / "how-to").is_dir())
    text = (manual / "how-to" / language / "report-an-incident.md").read_text(encoding="utf-8")
    (home / "offices.toml").write_text(text.partition("```toml\n")[2].partition("```")[0], encoding="utf-8")
    assert {office.id for office in offices.to_call("01202") if office.is_confirmed} == {"ministry", "inspecting-body"}
