import pytest

from sonae_engine.exposure.aliases import published
from sonae_engine.exposure.models import Unit, read_models
from sonae_engine.exposure.names import read_component, read_product, vendors_in
from sonae_engine.exposure.spelling import MAX_CHARS, compact, nearly, normal, sounds_like
from sonae_engine.exposure.vocabulary import Component, Product

ALIASES = published()


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("ＦｏｒｔｉＧａｔｅ　６０Ｆ", "fortigate 60f"),
        ("ﾌｫｰﾃｨｹﾞｰﾄ", "フォーティゲート"),
        ("Innokas YhtymÃ¤ Oy", "innokas yhtyma oy"),
        ("BD Alarisâ„¢ Guardrailsâ„¢", "bd alaris guardrails"),
        ("Dräger", "drager"),
        ("WRC－X3000GS", "wrc-x3000gs"),
        ("N'Vision", "nvision"),
        ("Ⅱ型 â", "ii型 a"),
        ("â€", "a€"),
    ],
)
def test_a_name_has_one_normal_form(typed: str, plain: str) -> None:
    assert normal(typed) == plain


@pytest.mark.parametrize(
    ("typed", "companies"),
    [
        ("Fortinet, Inc.", {"fortinet"}),
        ("フォーティネットジャパン合同会社", {"fortinet"}),
        ("Phillips", {"philips"}),
        ("Becton, Dickinson and Company (BD)", {"bd"}),
        ("Hillrom and ELI, Baxter International Inc.", {"hillrom", "baxter"}),
        ("日本電気(株)", {"nec"}),
        ("Nobody Knows Ltd.", {"~nobodyknows"}),
        ("Nobody Healthcare", {"~nobody"}),
        ("n/a", set()),
        ("", set()),
        ("不明", set()),
    ],
)
def test_a_string_names_its_companies(typed: str, companies: set[str]) -> None:
    assert vendors_in(typed, ALIASES) == companies


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("fm20/fm30/fm40", {"fm20", "fm30", "fm40"}),
        ("m8001a/2a/10a", {"m8001a", "m8002a", "m8010a"}),
        ("ct750 hd", {"ct750hd"}),
        ("lan-w300n/pr5", {"lanw300npr5"}),
        ("fortigate-60e", {"60e"}),
        ("jp1/veritas", {"jp1"}),
    ],
)
def test_model_numbers_are_taken_out_of_a_text(text: str, numbers: set[str]) -> None:
    assert {unit.whole for slot in read_models(text, frozenset()).slots for unit in slot.units} == numbers


def test_a_span_of_model_numbers_keeps_both_ends() -> None:
    assert read_models("mp20-mp90", frozenset()).slots[0].units == (Unit("mp", "20", 90),)


def test_a_slip_is_seen_and_a_short_or_other_word_is_not() -> None:
    assert nearly("fortimanager", "fortimanger")
    assert not nearly("hscribe", "rscribe")
    assert not nearly("8015", "8016")
    assert not nearly("gs", "gh")


def test_katakana_is_heard() -> None:
    assert sounds_like("medfusion", "メドフュージョン")
    assert not sounds_like("perinatal", "メドフュージョン")
    assert not sounds_like("pc", "ピーシー")


def test_a_row_without_a_maker_is_told_by_its_brand() -> None:
    thing = read_component(Component("c", "", "UTM (FortiGate 40F)"), ALIASES)
    assert (thing.vendors, thing.told_by) == (frozenset(), frozenset({"fortinet"}))


def test_an_advisory_that_names_no_product_is_vague() -> None:
    assert read_product(Product("p", "Fortinet", "Multiple Products"), ALIASES).vague


def test_more_than_anybody_calls_a_product_is_not_read() -> None:
    assert len(normal("a" * 10_000_000)) == MAX_CHARS
    assert compact("EC 40") == compact("ec-40") == "ec40"
