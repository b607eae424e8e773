"""Bands, search keys, inspecting bodies and anonymity, clause by clause."""

import datetime as dt

import pytest

from sonae.core.institutions import editions, rules
from sonae.core.institutions.labels import LABELS
from sonae.core.institutions.vocabulary import (
    PREFECTURES,
    BedBand,
    Beds,
    Facets,
    InstitutionFacts,
    InstitutionKind,
    InstitutionStatus,
    JurisdictionKind,
    Population,
    Prefecture,
    Region,
    RegisterRefusal,
    SurveyClass,
)
from sonae.kernel.decision import ALLOWED, Refused

TODAY = dt.date(2026, 11, 23)


@pytest.mark.parametrize(
    ("beds", "band", "survey"),
    [
        (None, BedBand.UNKNOWN, None),
        (0, BedBand.BEDS_0_19, None),
        (19, BedBand.BEDS_0_19, None),
        (20, BedBand.BEDS_20_49, SurveyClass.BEDS_20_99),
        (49, BedBand.BEDS_20_49, SurveyClass.BEDS_20_99),
        (50, BedBand.BEDS_50_99, SurveyClass.BEDS_20_99),
        (99, BedBand.BEDS_50_99, SurveyClass.BEDS_20_99),
        (199, BedBand.BEDS_100_199, SurveyClass.BEDS_100_199),
        (200, BedBand.BEDS_200_299, SurveyClass.BEDS_200_299),
        (201, BedBand.BEDS_200_299, SurveyClass.BEDS_200_299),
        (399, BedBand.BEDS_300_399, SurveyClass.BEDS_300_399),
        (400, BedBand.BEDS_400_499, SurveyClass.BEDS_400_499),
        (499, BedBand.BEDS_400_499, SurveyClass.BEDS_400_499),
        (500, BedBand.BEDS_500_UP, SurveyClass.BEDS_500_UP),
        (1376, BedBand.BEDS_500_UP, SurveyClass.BEDS_500_UP),
    ],
)
def test_beds_fall_into_closed_bands(beds, band, survey):
    assert rules.bed_band(beds) is band
    assert rules.survey_class(beds) is survey


def test_beds_are_never_negative():
    with pytest.raises(AssertionError, match="negative"):
        rules.bed_band(-1)


@pytest.mark.parametrize(
    ("beds", "as_of", "refused"),
    [
        (Beds(total=100, general=60, psychiatric=40), TODAY, None),
        (Beds(total=100), TODAY, None),
        (Beds(), TODAY, None),
        (Beds(total=-1), TODAY, RegisterRefusal.BEDS_NEGATIVE),
        (Beds(general=-5), TODAY, RegisterRefusal.BEDS_NEGATIVE),
        (Beds(total=100, general=60), TODAY, RegisterRefusal.BEDS_DO_NOT_ADD_UP),
        (Beds(total=100), TODAY + dt.timedelta(days=1), RegisterRefusal.BEDS_IN_THE_FUTURE),
    ],
)
def test_beds_entered_by_hand_add_up(beds, as_of, refused):
    decision = rules.may_state_beds(beds, as_of=as_of, today=TODAY)
    assert (decision.reason if isinstance(decision, Refused) else None) is refused


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("医療法人　髙﨑病院", "医療法人高崎"),
        ("ＮＴＴ東日本 札幌病院", "ntt東日本札幌"),
        ("さいとうクリニック", "サイトウ"),
        ("齋藤病院", "斉藤"),
        ("葛\U000e0100城病院", "葛城"),
        ("塚本病院", "塚本"),
        ("札幌市中央区南１条西１６－２", "南1条西16ー2"),
        ("ｾﾝﾀｰ病院", "センター病院"),
    ],
)
def test_a_name_is_found_however_it_is_written(written, typed):
    assert rules.search_key(typed) in rules.search_key(written)


def test_a_query_is_cut_into_at_most_eight_words():
    assert rules.search_words(" 札幌　病院 ") == ("札幌", "病院")
    assert len(rules.search_words("a b c d e f g h i j")) == 8
    assert rules.search_words("　 ") == ()


@pytest.mark.parametrize(
    ("full", "plain"),
    [
        ("社会医療法人北海道恵愛会 札幌南一条病院", "札幌南一条病院"),
        ("医療法人社団　慈藻会　平松記念病院", "慈藻会平松記念病院"),
        ("札幌中央病院", "札幌中央病院"),
        ("医療法人社団札幌病院", "医療法人社団札幌病院"),
    ],
)
def test_the_corporation_before_a_name_can_be_left_out(full, plain):
    assert rules.plain_name(full) == plain


def test_the_47_prefectures_have_a_region_and_a_tile_of_their_own():
    assert len(PREFECTURES) == 47
    assert len({(facts.column, facts.row) for facts in PREFECTURES.values()}) == 47
    assert sum(len(rules.prefectures_of(region)) for region in Region) == 47
    assert rules.region_of(Prefecture.MIE) is Region.KINKI


def test_the_shipped_list_names_157_inspecting_bodies():
    edition = editions.jurisdictions()
    kinds = [body.kind for body in edition.jurisdictions]
    assert {kind: kinds.count(kind) for kind in JurisdictionKind} == {
        JurisdictionKind.PREFECTURE: 47,
        JurisdictionKind.DESIGNATED_CITY: 20,
        JurisdictionKind.CORE_CITY: 62,
        JurisdictionKind.OTHER_CITY: 5,
        JurisdictionKind.SPECIAL_WARD: 23,
    }
    assert len({body.code for body in edition.jurisdictions}) == 157
    assert edition.source
    assert not edition.is_confirmed


@pytest.mark.parametrize(
    ("municipality", "prefecture", "body"),
    [
        ("01101", "01", "01100"),  # Chuo ward of Sapporo
        ("01202", "01", "01202"),  # Hakodate
        ("01205", "01", "01000"),  # Muroran has no health centre of its own
        ("14118", "14", "14100"),  # Tsuzuki ward of Yokohama
        ("14131", "14", "14130"),  # Kawasaki ward of Kawasaki
        ("14153", "14", "14150"),  # Minami ward of Sagamihara
        ("22138", "22", "22130"),  # Chuo ward of Hamamatsu, new in 2024
        ("13123", "13", "13123"),  # Edogawa
        ("13209", "13", "13209"),  # Machida
        ("13206", "13", "13000"),  # Fuchu
        ("40137", "40", "40130"),  # Sawara ward of Fukuoka
    ],
)
def test_who_inspects_follows_from_the_municipality(municipality, prefecture, body):
    cities = rules.jurisdiction_codes(editions.jurisdictions().jurisdictions)
    assert rules.inspected_by(municipality, prefecture=Prefecture(prefecture), cities=cities) == body


HOSPITAL = InstitutionFacts(InstitutionKind.HOSPITAL, Prefecture.TOKUSHIMA, 7, 500)


@pytest.mark.parametrize(
    ("facets", "fits"),
    [
        (Facets(), True),
        (Facets(kinds=frozenset({InstitutionKind.HOSPITAL})), True),
        (Facets(kinds=frozenset({InstitutionKind.CLINIC})), False),
        (Facets(prefectures=frozenset({Prefecture.TOKUSHIMA, Prefecture.EHIME})), True),
        (Facets(prefectures=frozenset({Prefecture.EHIME})), False),
        (Facets(regions=frozenset({Region.SHIKOKU})), True),
        (Facets(regions=frozenset({Region.KINKI})), False),
        (Facets(jurisdiction_ids=frozenset({7})), True),
        (Facets(jurisdiction_ids=frozenset({8})), False),
        (Facets(bed_bands=frozenset({BedBand.BEDS_500_UP})), True),
        (Facets(bed_bands=frozenset({BedBand.BEDS_400_499})), False),
        (Facets(beds_from=500), True),
        (Facets(beds_from=501), False),
        (Facets(beds_through=500), True),
        (Facets(beds_through=499), False),
        (Facets(population=Population.SYNTHETIC), False),
    ],
)
def test_everything_said_must_be_true_to_fit(facets, fits):
    assert rules.fits(HOSPITAL, facets) is fits


def test_unknown_beds_fit_nothing_said_about_beds():
    unknown = InstitutionFacts(InstitutionKind.HOSPITAL, Prefecture.TOKUSHIMA, 7, None)
    assert rules.fits(unknown, Facets())
    assert not rules.fits(unknown, Facets(beds_from=0))
    assert not rules.fits(unknown, Facets(bed_bands=frozenset({BedBand.UNKNOWN})))


def test_a_vanished_institution_fits_nothing():
    gone = InstitutionFacts(InstitutionKind.HOSPITAL, Prefecture.TOKUSHIMA, 7, 500, status=InstitutionStatus.VANISHED)
    assert not rules.fits(gone, Facets())


def test_a_contact_needs_a_way_to_be_reached():
    assert rules.may_add_contact(email="", phone="03-0000-0000") is ALLOWED
    assert rules.may_add_contact(email="a@example.jp", phone="") is ALLOWED
    assert isinstance(rules.may_add_contact(email="", phone=""), Refused)


@pytest.mark.parametrize("municipality", ["02201", "1101", "0110a", "０１１０１", ""])
def test_a_municipality_lies_in_its_prefecture(municipality):
    assert rules.may_place("01101", prefecture=Prefecture.HOKKAIDO) is ALLOWED
    assert isinstance(rules.may_place(municipality, prefecture=Prefecture.HOKKAIDO), Refused)


def test_every_member_has_words():
    for enum, words in LABELS.items():
        assert set(words) == set(enum), enum
        assert all(str(text) for text in words.values())
