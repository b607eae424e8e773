"""What a CSAF document says of products: which, in which versions, with which status. CSAF 2.0 and 2.1, sections 3.2.

Pure: takes decoded JSON of any shape, raises nothing, follows no reference twice. Whether the document keeps all rules
of the standard is not asked here; what is of the wrong shape is left out, and said.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from sonae_engine.exposure.vocabulary import Identifiers

VERSIONS: Final = ("2.0", "2.1")
_MOST_BRANCHES: Final = 200_000
_SHOWN: Final = 200
_NO_IDENTIFIER: Final = Identifiers()


class Status(StrEnum):
    """What is said of a product about a vulnerability (3.2.3.9), as far as it decides anything here."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not-affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under-investigation"


class Fault(StrEnum):
    """Why a document, or a part of it, says nothing."""

    NO_OBJECT = "no-object"
    NO_CSAF = "no-csaf"
    NO_TREE = "no-product-tree"
    WRONG_SHAPE = "wrong-shape"
    TOO_LARGE = "too-large"
    UNKNOWN_PRODUCT = "unknown-product"


@dataclass(frozen=True, slots=True)
class Said:
    """A product with its status. `versions` is the publisher's text about versions, empty where there is none.

    `within` names the product of which this one is a part or on which it is installed (3.2.2.5, relationships).
    """

    product_id: str
    vulnerability: str
    status: Status
    vendor: str
    product: str
    versions: str
    identifiers: Identifiers = _NO_IDENTIFIER
    within: str = ""


@dataclass(frozen=True, slots=True)
class Faulty:
    """A part that was left out: where it stands as a JSON pointer (RFC 6901), and why."""

    at: str
    fault: Fault
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """The products of a document. `is_read` tells whether it is CSAF at all."""

    id: str
    title: str
    is_read: bool
    said: tuple[Said, ...] = ()
    faults: tuple[Faulty, ...] = ()


@dataclass(frozen=True, slots=True)
class _Product:
    vendor: str = ""
    product: str = ""
    version: str = ""
    is_exact: bool = False
    identifiers: Identifiers = _NO_IDENTIFIER
    within: str = ""


@dataclass(slots=True)
class _Tree:
    products: dict[str, _Product] = field(default_factory=dict)
    faults: list[Faulty] = field(default_factory=list)

    def wrong(self, at: str, shown: object = "", fault: Fault = Fault.WRONG_SHAPE) -> None:
        self.faults.append(Faulty(at, fault, shown[:_SHOWN] if isinstance(shown, str) else type(shown).__name__))


_STATUSES: Final = {
    "known_affected": Status.AFFECTED,
    "first_affected": Status.AFFECTED,
    "last_affected": Status.AFFECTED,
    "known_not_affected": Status.NOT_AFFECTED,
    "first_fixed": Status.FIXED,
    "fixed": Status.FIXED,
    "recommended": Status.FIXED,
    "under_investigation": Status.UNDER_INVESTIGATION,
}

_ENDS: Final = {"first_affected": ">=", "last_affected": "<="}

type _Whose = tuple[str, str, str]


def read_document(read: object) -> Document:
    """All that a document says of products, whatever else is in it."""
    if not isinstance(read, Mapping):
        return Document("", "", is_read=False, faults=(Faulty("", Fault.NO_OBJECT),))
    head = _object(read.get("document"))
    number = _text(_object(head.get("tracking")).get("id"))
    title = _text(head.get("title"))
    if head.get("csaf_version") not in VERSIONS:
        shown = _text(head.get("csaf_version"))[:_SHOWN]
        return Document(number, title, is_read=False, faults=(Faulty("/document/csaf_version", Fault.NO_CSAF, shown),))
    tree = _Tree()
    if not isinstance(read.get("product_tree"), Mapping):
        # A document of the base profile may tell a story and name no product.
        tree.wrong("/product_tree", fault=Fault.NO_TREE)
    _take_tree(_object(read.get("product_tree")), tree)
    said = tuple(_statements(read.get("vulnerabilities"), tree))
    return Document(number, title, is_read=True, said=said, faults=tuple(tree.faults))


def _take_tree(read: Mapping[str, Any], tree: _Tree) -> None:
    _take_branches(read.get("branches"), tree)
    for at, full in enumerate(_list(read.get("full_product_names"), "/product_tree/full_product_names", tree)):
        _take_product(full, _Product(product=_text(_object(full).get("name"))), f"full_product_names/{at}", tree)
    for at, tie in enumerate(_list(read.get("relationships"), "/product_tree/relationships", tree)):
        _take_relationship(_object(tie), f"/product_tree/relationships/{at}", tree)


def _take_branches(read: object, tree: _Tree) -> None:
    """Every branch with what stands above it; a stack of our own, as nobody says how deep a tree may be."""
    waiting = [(branch, _Product()) for branch in reversed(_list(read, "/product_tree/branches", tree))]
    seen = 0
    while waiting:
        branch, above = waiting.pop()
        seen += 1
        if seen > _MOST_BRANCHES:
            tree.wrong("/product_tree/branches", fault=Fault.TOO_LARGE)
            return
        if not isinstance(branch, Mapping):
            tree.wrong("/product_tree/branches", branch)
            continue
        here = _below(above, _text(branch.get("category")), _text(branch.get("name")))
        if "product" in branch:
            _take_product(branch["product"], here, "branches", tree)
        below = _list(branch.get("branches"), "/product_tree/branches", tree)
        waiting += [(each, here) for each in reversed(below)]


def _below(above: _Product, category: str, name: str) -> _Product:
    if category == "vendor":
        return replace(above, vendor=name)
    if category == "product_name":
        return replace(above, product=name)
    if category == "product_family":
        # A name below replaces it; a family without one is all that is named.
        return replace(above, product=above.product or name)
    if category in ("product_version", "product_version_range"):
        return replace(above, version=name, is_exact=category == "product_version")
    if category == "patch_level" and above.version:
        return replace(above, version=f"{above.version} {name}")
    return above


def _take_product(read: object, here: _Product, at: str, tree: _Tree) -> None:
    number = _text(_object(read).get("product_id"))
    if not number:
        tree.wrong(f"/product_tree/{at}", read)
        return
    full = _object(read)
    named = here if here.product else replace(here, product=_text(full.get("name")))
    tree.products[number] = replace(named, identifiers=_identifiers(full.get("product_identification_helper")))


def _take_relationship(tie: Mapping[str, Any], at: str, tree: _Tree) -> None:
    part = tree.products.get(_text(tie.get("product_reference")))
    whole = tree.products.get(_text(tie.get("relates_to_product_reference")))
    full = _object(tie.get("full_product_name"))
    number = _text(full.get("product_id"))
    if part is None or whole is None or not number:
        tree.wrong(at, tie, Fault.UNKNOWN_PRODUCT)
        return
    own = _identifiers(full.get("product_identification_helper"))
    both = Identifiers(
        (*own.cpes, *part.identifiers.cpes), (*own.purls, *part.identifiers.purls),
        (*own.model_numbers, *part.identifiers.model_numbers), (*own.hashes, *part.identifiers.hashes),
    )  # fmt: skip
    tree.products[number] = replace(part, identifiers=both, within=f"{whole.vendor} {whole.product}".strip())


def _identifiers(read: object) -> Identifiers:
    """The helper that identifies a product (3.1.3.3). CSAF 2.1 has a list of purls where 2.0 has one."""
    helper = _object(read)
    purls = [helper.get("purl"), *_plain(helper.get("purls"))]
    hashes = [
        _text(_object(each).get("value"))
        for file in _plain(helper.get("hashes"))
        for each in _plain(_object(file).get("file_hashes"))
    ]
    numbers = [*_plain(helper.get("model_numbers")), *_plain(helper.get("skus"))]
    return Identifiers(_texts([helper.get("cpe")]), _texts(purls), _texts(numbers), _texts(hashes))


def _statements(read: object, tree: _Tree) -> Iterator[Said]:
    for at, vulnerability in enumerate(_list(read, "/vulnerabilities", tree)):
        one = _object(vulnerability)
        name = _text(one.get("cve")) or f"/vulnerabilities/{at}"
        status = _object(one.get("product_status"))
        ends = {end: _ends(status.get(end), tree) for end in _ENDS}
        for key, means in _STATUSES.items():
            where = f"/vulnerabilities/{at}/product_status/{key}"
            for number in _texts(_list(status.get(key), where, tree)):
                product = tree.products.get(number)
                if product is None:
                    tree.wrong(where, number, Fault.UNKNOWN_PRODUCT)
                    continue
                yield Said(
                    number, name, means, product.vendor, product.product, _versions(product, key, ends),
                    product.identifiers, product.within,
                )  # fmt: skip


def _versions(product: _Product, key: str, ends: Mapping[str, Mapping[_Whose, list[str]]]) -> str:
    """The text about versions. The first and the last that are affected are ends of a range, and not two versions.

    Where one first and one last are named of one product, they are ends of one range.
    """
    if key not in _ENDS or not product.is_exact:
        return product.version
    first, last = (ends[end].get(_whose(product), []) for end in _ENDS)
    if len(first) == len(last) == 1:
        return f">= {first[0]} | <= {last[0]}"
    return f"{_ENDS[key]} {product.version}"


def _ends(numbers: object, tree: _Tree) -> dict[_Whose, list[str]]:
    found: dict[_Whose, list[str]] = {}
    for number in _texts(_plain(numbers)):
        product = tree.products.get(number)
        if product is not None and product.is_exact:
            found.setdefault(_whose(product), []).append(product.version)
    return found


def _whose(product: _Product) -> _Whose:
    return product.vendor, product.product, product.within


def _object(read: object) -> Mapping[str, Any]:
    return read if isinstance(read, Mapping) else {}


def _text(read: object) -> str:
    return read if isinstance(read, str) else ""


def _plain(read: object) -> Sequence[Any]:
    return read if isinstance(read, list) else []


def _list(read: object, at: str, tree: _Tree) -> Sequence[Any]:
    if read is not None and not isinstance(read, list):
        tree.wrong(at, read)
    return _plain(read)


def _texts(read: Sequence[object]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each for each in read if isinstance(each, str) and each))
