from collections.abc import Iterator
from pathlib import Path

import pytest

from sonae_engine.exposure.aliases import published
from sonae_engine.exposure.names import read_product
from sonae_engine.exposure.reference import verdict
from sonae_engine.exposure.testing_public import INDUSTRIAL, MEDICAL, PublicData
from sonae_engine.exposure.vocabulary import Answer, Component, Product

pytestmark = pytest.mark.shared


def products(folder: Path) -> Iterator[Product]:
    """Every vendor and product of the medical and the other advisories."""
    public = PublicData(folder / "vuln")
    for name in (MEDICAL, INDUSTRIAL):
        for vendor, product in public.csaf_names(name):
            yield Product(product, vendor, product)


def test_a_real_product_typed_as_it_is_published_is_found(shared_data: Path) -> None:
    every = {(one.vendor, one.product) for one in products(shared_data)}
    assert len(every) > 1_000
    answers = [verdict(Component("c", *row), Product("p", *row)).answer for row in every]
    assert answers.count(Answer.SAME) / len(answers) >= 0.99


def test_every_real_product_names_something(shared_data: Path) -> None:
    subjects = [read_product(product, published()) for product in products(shared_data)]
    silent = [subject.text for subject in subjects if not subject.readings]
    assert len(silent) / len(subjects) <= 0.01
