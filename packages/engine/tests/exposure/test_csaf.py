"""What a CSAF document says of products is read as it is meant, and nothing it may hold stops the reader."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae_engine.exposure.csaf import Fault, Said, Status, read_document
from sonae_engine.exposure.testing_public import INDUSTRIAL, MEDICAL, PublicData
from sonae_engine.exposure.vocabulary import Identifiers


def document(tree: object, *vulnerabilities: object, version: object = "2.0") -> dict[str, Any]:
    """A document with what the reader looks at."""
    head = {"csaf_version": version, "title": "Pumps", "tracking": {"id": "X-1"}}
    return {"document": head, "product_tree": tree, "vulnerabilities": list(vulnerabilities)}


def branch(category: str, name: str, /, *below: object, **product: object) -> dict[str, object]:
    return {"category": category, "name": name, "branches": list(below), **({"product": product} if product else {})}


def status(**by_status: list[str]) -> dict[str, object]:
    return {"cve": "CVE-2026-1", "product_status": by_status}


PUMPS = branch(
    "vendor", "B. Braun",
    branch("product_name", "Infusomat", branch("product_version_range", "< 2.0", product_id="old", name="< 2.0"),
           branch("product_version", "2.0", product_id="new", name="Infusomat 2.0")),
    branch("product_family", "Space", branch("product_version", "1.0", product_id="one", name="Space 1.0"),
           branch("product_version", "1.9", product_id="nine", name="Space 1.9")),
)  # fmt: skip


def said(read: object) -> list[tuple[str, str, str, str]]:
    """Vendor, product, versions and status of everything that is said."""
    return [(one.vendor, one.product, one.versions, one.status.value) for one in read_document(read).said]


def test_each_status_is_told_apart() -> None:
    read = document({"branches": [PUMPS]}, status(known_affected=["old"], fixed=["new"], known_not_affected=["one"]))
    assert said(read) == [
        ("B. Braun", "Infusomat", "< 2.0", "affected"),
        ("B. Braun", "Space", "1.0", "not-affected"),
        ("B. Braun", "Infusomat", "2.0", "fixed"),
    ]


@pytest.mark.parametrize(
    ("given", "versions"),
    [
        ({"first_affected": ["one"], "last_affected": ["nine"]}, [">= 1.0 | <= 1.9", ">= 1.0 | <= 1.9"]),
        ({"first_affected": ["one"]}, [">= 1.0"]),
        ({"last_affected": ["nine"]}, ["<= 1.9"]),
        # Whose first is whose, nobody says: each is an end of its own.
        ({"first_affected": ["one", "nine"], "last_affected": ["nine"]}, [">= 1.0", ">= 1.9", "<= 1.9"]),
        ({"first_affected": ["old"]}, ["< 2.0"]),
    ],
)
def test_the_first_and_the_last_affected_are_ends_of_a_range(given: dict[str, list[str]], versions: list[str]) -> None:
    found = said(document({"branches": [PUMPS]}, status(**given)))
    assert [row[2] for row in found] == versions
    assert {row[3] for row in found} == {"affected"}


@pytest.mark.parametrize("version", ["2.0", "2.1"])
def test_identifiers_of_both_editions_are_taken(version: str) -> None:
    helper = {
        "cpe": "cpe:/h:b:c", "purl": "pkg:generic/a", "purls": ["pkg:generic/b"], "model_numbers": ["8713050U"],
        "skus": ["S1"], "hashes": [{"file_hashes": [{"algorithm": "sha256", "value": "ab"}], "filename": "f"}],
    }  # fmt: skip
    full = {"product_id": "p", "name": "Box 1", "product_identification_helper": helper}
    [one] = read_document(document({"full_product_names": [full]}, status(known_affected=["p"]), version=version)).said
    ids = Identifiers(("cpe:/h:b:c",), ("pkg:generic/a", "pkg:generic/b"), ("8713050U", "S1"), ("ab",))
    assert one == Said("p", "CVE-2026-1", Status.AFFECTED, "", "Box 1", "", ids)


def test_a_part_of_a_product_is_the_part_and_says_within_what() -> None:
    tie = {
        "category": "installed_on", "product_reference": "old", "relates_to_product_reference": "one",
        "full_product_name": {"product_id": "both", "name": "Infusomat on Space"},
    }  # fmt: skip
    read = read_document(document({"branches": [PUMPS], "relationships": [tie]}, status(known_affected=["both"])))
    [one] = read.said
    assert (one.product, one.versions, one.within) == ("Infusomat", "< 2.0", "B. Braun Space")


@pytest.mark.parametrize(
    ("read", "faults"),
    [
        (None, [Fault.NO_OBJECT]),
        ([], [Fault.NO_OBJECT]),
        ({}, [Fault.NO_CSAF]),
        (document({}, version="1.0"), [Fault.NO_CSAF]),
        (document(None), [Fault.NO_TREE]),
        (document({"branches": "none"}), [Fault.WRONG_SHAPE]),
        (document({"branches": [7]}), [Fault.WRONG_SHAPE]),
        (document({}, status(known_affected=["nobody"])), [Fault.UNKNOWN_PRODUCT]),
        (document({"full_product_names": [{"name": "without a number"}]}), [Fault.WRONG_SHAPE]),
        (document({"relationships": [{}]}), [Fault.UNKNOWN_PRODUCT]),
    ],
)
def test_what_is_of_the_wrong_shape_is_left_out_and_said(read: object, faults: list[Fault]) -> None:
    found = read_document(read)
    assert [each.fault for each in found.faults] == faults
    assert found.said == ()


def test_a_tree_deeper_than_any_stack_is_walked() -> None:
    deep: dict[str, object] = {"category": "product_version", "name": "1", "product": {"product_id": "p", "name": "n"}}
    for _ in range(50_000):
        deep = {"category": "product_family", "name": "f", "branches": [deep]}
    assert said(document({"branches": [deep]}, status(known_affected=["p"]))) == [("", "f", "1", "affected")]
    # What is nested so deep cannot be taken down by the machine alone either.
    while "branches" in deep:
        deep = deep.pop("branches")[0]  # type: ignore[index]


MEMBERS = ("branches", "category", "name", "product", "product_id", "full_product_names", "relationships")
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(anything, anything, anything)
def test_nothing_stops_the_reader(tree: object, product_status: object, vulnerabilities: object) -> None:
    read = document(tree, {"product_status": product_status}, vulnerabilities)
    json.dumps([each.at for each in read_document(read).faults])


@pytest.mark.shared
def test_every_public_advisory_says_something_of_a_product(shared_data: Path) -> None:
    public = PublicData(shared_data / "vuln")
    for name, count in ((MEDICAL, 124), (INDUSTRIAL, 300)):
        read = [read_document(json.loads(content)) for _, content in public.members(name)]
        assert len(read) == count
        assert all(one.is_read and one.said and not one.faults for one in read)
        assert all(each.product and each.versions for one in read for each in one.said)
