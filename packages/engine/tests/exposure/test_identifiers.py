import pytest

from sonae_engine.exposure.identifiers import (
    Cpe,
    compare_identifiers,
    read_cpe,
    read_hash,
    read_model_number,
    read_purl,
)
from sonae_engine.exposure.vocabulary import Identifiers, Reason, Refused

FORTIOS = Cpe("o", "fortinet", "fortios")


@pytest.mark.parametrize("text", ["cpe:/o:fortinet:fortios:6.0", "cpe:2.3:o:fortinet:fortios:6.0:*:*:*:*:*:*:*"])
def test_both_spellings_of_a_cpe_name_one_product(text: str) -> None:
    assert read_cpe(text) == FORTIOS


def test_escaped_signs_of_a_cpe_are_read() -> None:
    assert read_cpe(r"cpe:2.3:a:acme:one\:two\!:*:*:*:*:*:*:*:*") == Cpe("a", "acme", "one:two!")
    assert read_cpe("cpe:/a:acme:one%21") == Cpe("a", "acme", "one!")


@pytest.mark.parametrize(
    "text",
    ["", "cpe:/o:fortinet", "cpe:2.3:o:fortinet:fortios", "cpe:/o:*:fortios", "fortios", "cpe:2.3:\\", "cpe:/x:a:b"],
)
def test_what_names_no_product_is_no_cpe(text: str) -> None:
    assert read_cpe(text) is Refused.NOT_AN_IDENTIFIER


def test_a_version_does_not_part_two_purls() -> None:
    assert read_purl("pkg:nuget/Newtonsoft.Json@13.0.1") == read_purl("pkg:nuget/Newtonsoft.Json@12")
    assert read_purl("nuget/x") is Refused.NOT_AN_IDENTIFIER


def test_hashes_are_known_by_their_length() -> None:
    assert read_hash("SHA-256:" + "AB" * 32) == "ab" * 32
    assert read_hash("abc") is Refused.NOT_AN_IDENTIFIER


def test_a_model_number_is_long_enough_and_holds_a_digit() -> None:
    assert read_model_number("6ES7412-1XJ07") == "6es74121xj07"
    assert read_model_number("AP") is read_model_number("A?1234") is Refused.NOT_AN_IDENTIFIER


@pytest.mark.parametrize("read", [read_cpe, read_purl, read_model_number])
def test_ten_megabytes_are_refused_at_once(read: object) -> None:
    assert callable(read)
    assert read("cpe:2.3:" + "a" * 10_000_000) is Refused.TOO_LONG


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        (Identifiers(cpes=("cpe:/o:a:b:1",)), Identifiers(cpes=("cpe:2.3:o:a:b:2:*:*:*:*:*:*:*",)), Reason.CPE),
        (Identifiers(purls=("pkg:pypi/x@1",)), Identifiers(purls=("pkg:pypi/X@2",)), Reason.PURL),
        (Identifiers(model_numbers=("M8004-A",)), Identifiers(model_numbers=("m8004a",)), Reason.MODEL_NUMBER),
        (Identifiers(hashes=("ab" * 16,)), Identifiers(hashes=("AB" * 16,)), Reason.HASH),
    ],
)
def test_equal_identifiers_name_one_product(ours: Identifiers, theirs: Identifiers, reason: Reason) -> None:
    found = compare_identifiers(ours, theirs)
    assert found is not None
    assert found.reason is reason


def test_other_or_missing_identifiers_decide_nothing() -> None:
    assert compare_identifiers(Identifiers(cpes=("cpe:/o:a:b",)), Identifiers(cpes=("cpe:/o:a:c",))) is None
    assert compare_identifiers(Identifiers(), Identifiers(cpes=("cpe:/o:a:c",))) is None
