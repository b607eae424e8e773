"""Catalogues of others as files: what is read of them, and that everything else is a problem with its place."""

import copy
import json
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.assurance.catalogue_files import changes
from sonae.core.assurance.catalogue_files.reading import read
from sonae.core.assurance.catalogue_files.tree import DEEPEST, MOST_JSON_BYTES, MOST_YAML_BYTES
from sonae.core.assurance.vocabulary import (
    CatalogueContent,
    CatalogueEntry,
    CatalogueForm,
    CatalogueProblem,
    DataFileProblem,
    EntryMove,
)
from tools import effort

REVIEW = "Review it {{ insert: param, wd-1_prm }} by {{ insert: param, wd-1_who }}."
OSCAL = {
    "catalog": {
        "uuid": "6e3bd2b2-4ac4-4fcb-9a35-3a9b6f0a7e11",
        "metadata": {
            "title": "Ward controls",
            "last-modified": "2026-04-01T09:00:00+09:00",
            "version": "1.0",
            "oscal-version": "1.1.2",
            "document-ids": [{"scheme": "https://example.jp/ids", "identifier": "ward-controls"}],
            "parties": [
                {"uuid": "x", "type": "person", "name": "Somebody"},
                {"uuid": "y", "type": "organization", "name": "Example body"},
            ],
        },
        "groups": [
            {
                "id": "wd",
                "title": "Wards",
                "controls": [
                    {
                        "id": "wd-1",
                        "title": "Lists",
                        "props": [
                            {"name": "label", "value": "WD-01", "class": "padded"},
                            {"name": "label", "value": "WD-1"},
                        ],
                        "params": [
                            {"id": "wd-1_prm", "label": "how often"},
                            {"id": "wd-1_who", "select": {"choice": ["ward", "{{ insert: param, wd-1_prm }}"]}},
                        ],
                        "parts": [
                            {
                                "name": "statement",
                                "prose": "Keep a list.",
                                "parts": [
                                    {
                                        "name": "item",
                                        "props": [{"name": "label", "value": "a."}],
                                        "prose": REVIEW,
                                    }
                                ],
                            },
                            {"name": "guidance", "prose": "Paper will do."},
                        ],
                        "controls": [{"id": "wd-1.1", "title": "Signed lists"}],
                    },
                    {"id": "wd-2", "title": "Old", "props": [{"name": "status", "value": "withdrawn"}]},
                ],
            }
        ],
    }
}
LIBRARY = """\
urn: urn:example:risk:library:ward
locale: ja
ref_id: ward
name: 病棟の基準
version: 3
publication_date: 2026-04-01
provider: 例示機関
copyright: 例示
objects:
  framework:
    urn: urn:Example:risk:framework:ward
    ref_id: ward
    name: 病棟の基準
    requirement_nodes:
    - urn: urn:example:risk:req_node:ward:1
      assessable: false
      depth: 1
      ref_id: '1'
      description: 体制
    - urn: urn:example:risk:req_node:ward:1.1
      assessable: true
      depth: 2
      parent_urn: urn:example:risk:req_node:ward:1
      ref_id: '1.1'
      name: 責任者を置く
      description: 責任者を文書で定めます。
      annotation: 兼務でも構いません。
"""


def oscal(**changed: object) -> bytes:
    document = copy.deepcopy(OSCAL)
    document["catalog"]["metadata"] |= changed
    return json.dumps(document, ensure_ascii=False).encode()


def of(content: bytes, name: str = "a.json") -> CatalogueContent:
    found = read(content, file_name=name)
    assert isinstance(found, CatalogueContent), found
    return found


def problems(content: bytes, name: str = "a.json") -> list[tuple[object, int, str]]:
    found = read(content, file_name=name)
    assert not isinstance(found, CatalogueContent), "should have been refused"
    assert all(one.file == name for one in found)
    return [(one.reason, one.line, one.field) for one in found]


def test_a_catalogue_in_oscal_is_read_with_its_groups_texts_and_parameters():
    found = of(oscal())
    assert (found.form, found.identifier, found.version) == (CatalogueForm.OSCAL, "ward-controls", "1.0")
    assert (found.publisher, found.dated_on.isoformat(), found.rank[:19]) == (
        "Example body", "2026-04-01", "2026-04-01T00:00:00"
    )  # fmt: skip
    group, first, below, old = found.entries
    assert (group.is_group, group.name, group.parent) == (True, "wd", "")
    assert (first.code, first.parent, below.parent, below.code) == ("WD-1", "wd", "wd-1", "wd-1.1")
    assert first.text == "Keep a list.\n  a. Review it [how often] by [ward / [how often]]."
    assert first.guidance == "Paper will do."
    assert [one.is_withdrawn for one in found.entries] == [False, False, False, True]
    assert not old.text


def test_without_an_id_of_the_document_its_title_says_which_catalogue_it_is():
    # A document's uuid is another with each revision, by the standard.
    assert of(oscal(**{"document-ids": []})).identifier == "Ward controls"


def test_a_library_of_ciso_assistant_is_read():
    found = of(LIBRARY.encode(), "ward.yaml")
    assert (found.form, found.identifier) == (CatalogueForm.CISO_ASSISTANT, "urn:example:risk:framework:ward")
    assert (found.version, found.rank, found.language, found.publisher) == ("3", "000000003", "ja", "例示機関")
    assert found.entries == (
        CatalogueEntry(name="urn:example:risk:req_node:ward:1", code="1", title="", text="体制", is_group=True),
        CatalogueEntry(
            name="urn:example:risk:req_node:ward:1.1", code="1.1", parent="urn:example:risk:req_node:ward:1",
            title="責任者を置く", text="責任者を文書で定めます。", guidance="兼務でも構いません。",
        ),
    )  # fmt: skip


def test_every_problem_of_a_library_is_told_at_once_with_line_and_field():
    broken = (
        LIBRARY.replace("version: 3", "version: third")
        .replace("assessable: false", "assessable: perhaps")
        .replace("parent_urn: urn:example:risk:req_node:ward:1\n", "parent_urn: urn:example:risk:req_node:ward:9\n")
        .replace("    name: 病棟の基準\n", "")
    )
    nodes = "/objects/framework/requirement_nodes"
    assert problems(broken.encode(), "ward.yaml") == [
        (DataFileProblem.NOT_A_NUMBER, 5, "/version"),
        (DataFileProblem.FIELD_MISSING, 11, "/objects/framework/name"),
        (DataFileProblem.NOT_YES_OR_NO, 15, f"{nodes}/0/assessable"),
        (CatalogueProblem.PARENT_UNKNOWN, 22, f"{nodes}/1/parent_urn"),
    ]


def test_every_problem_of_an_oscal_catalogue_is_told_at_once_with_its_pointer():
    document = copy.deepcopy(OSCAL)
    document["catalog"]["metadata"] |= {"oscal-version": "2.0.0", "last-modified": "2026-04-01"}
    controls = document["catalog"]["groups"][0]["controls"]
    controls[0]["id"] = "1 wd"
    del controls[0]["title"]
    controls[1]["id"] = "wd-1.1"
    controls.append("wd-3")
    at = "/catalog/groups/0/controls"
    assert problems(json.dumps(document).encode()) == [
        (CatalogueProblem.NOT_A_MOMENT, 0, "/catalog/metadata/last-modified"),
        (CatalogueProblem.VERSION_UNKNOWN, 0, "/catalog/metadata/oscal-version"),
        (CatalogueProblem.NAME_MALFORMED, 0, f"{at}/0/id"),
        (DataFileProblem.FIELD_MISSING, 0, f"{at}/0/title"),
        (DataFileProblem.NOT_A_MAPPING, 0, f"{at}/2"),
        (CatalogueProblem.NAME_TWICE, 0, "/"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe{", CatalogueProblem.NOT_UTF8),
        (b'{"catalog": ', CatalogueProblem.NOT_JSON),
        (b'{"catalog": {}, "catalog": {}}', DataFileProblem.FIELD_TWICE),
        (b'{"catalog": NaN}', CatalogueProblem.NO_NUMBER),
        (b'{"catalog": ' + b"9" * 5_000 + b"}", CatalogueProblem.NOT_JSON),
        (b'{"profile": {}}', CatalogueProblem.NOT_A_CATALOGUE),
        (b"[1, 2]", CatalogueProblem.NOT_A_CATALOGUE),
        (b"", CatalogueProblem.NOT_A_CATALOGUE),
        (b"objects: [1", DataFileProblem.UNREADABLE),
        (b"a: 1\n---\nb: 1\n", CatalogueProblem.SEVERAL_DOCUMENTS),
        (b"? [a]\n: 1\n", CatalogueProblem.NAME_NO_TEXT),
        (b"a: 1\na: 2\n", DataFileProblem.FIELD_TWICE),
        (b"a: &x 1\nb: *x\n", CatalogueProblem.ALIAS),
    ],
)
def test_what_is_no_catalogue_is_refused_with_the_reason(content, reason):
    assert [found[0] for found in problems(content)] == [reason]


def bomb() -> bytes:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"catalog": "' + b" " * MOST_JSON_BYTES + b'"}', CatalogueProblem.FILE_TOO_LARGE),
        (b"a: " + b"x" * MOST_YAML_BYTES, CatalogueProblem.FILE_TOO_LARGE),
        (b"[" * 900_000, CatalogueProblem.TOO_DEEP),
        (b'{"catalog":' * 100_000 + b"1" + b"}" * 100_000, CatalogueProblem.TOO_DEEP),
        (b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2), CatalogueProblem.TOO_DEEP),
        (b"a: " + b"[" * 1_000_000, CatalogueProblem.TOO_DEEP),
        (b"".join(b" " * n + b"a:\n" for n in range(2_000)), CatalogueProblem.TOO_DEEP),
        (bomb(), CatalogueProblem.ALIAS),
        (b'{"a": "' + b'\\"' * 4_000_000, CatalogueProblem.NOT_JSON),
        (b"!!python/object/apply:os.system [a]", CatalogueProblem.NOT_A_CATALOGUE),
    ],
)
def test_a_hostile_file_is_refused_quickly(content, reason):
    began = effort.begun()
    assert [found[0] for found in problems(content, "evil.yaml")] == [reason]
    began.at_most(1)


def test_a_text_that_no_database_keeps_is_a_problem_of_its_place():
    document = oscal().replace(b"Signed lists", b"Signed\\u0000lists")
    assert problems(document) == [(CatalogueProblem.TEXT_UNSOUND, 0, "/catalog/groups/0/controls/0/controls/0/title")]
    half = oscal().replace(b"Keep a list.", b"Keep \\ud800 list.")
    assert [reason for reason, _, _ in problems(half)] == [CatalogueProblem.TEXT_UNSOUND]


def test_a_file_of_mistakes_alone_is_told_a_few_hundred_of_them():
    document = copy.deepcopy(OSCAL)
    document["catalog"]["groups"] = ["x"] * 10_000
    assert len(problems(json.dumps(document).encode())) == 500


FIELDS = ["metadata", "groups", "controls", "id", "title", "parts", "props", "params", "select", "name"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), below, max_size=4),
    max_leaves=20,
)


@given(ANYTHING)
def test_whatever_stands_in_a_file_is_a_value_and_no_exception(anything):
    for name in ("catalog", "objects"):
        read(json.dumps({name: anything}).encode(), file_name="x")


def test_what_changed_is_told_by_name_and_a_move_in_the_list_is_no_change():
    one, two, three = (CatalogueEntry(name=name, code=name, title=name.upper()) for name in ("a", "b", "c"))
    two_anew = CatalogueEntry(name="b", code="b", title="B, said otherwise")
    found = changes.between([one, two], [two_anew, one, three])
    assert [(each.move, (each.after or each.before).name) for each in found] == [
        (EntryMove.CHANGED, "b"), (EntryMove.ADDED, "c")
    ]  # fmt: skip
    assert changes.between([one, two], [two, one]) == ()
    assert [each.move for each in changes.between([one, two], [one])] == [EntryMove.REMOVED]


@pytest.mark.shared
def test_the_published_catalogues_are_read_and_everything_else_of_oscal_is_refused(shared_data):
    folder = shared_data / "surveys" / "oscal"
    low = of((folder / "SP800-53_rev5_LOW-resolved-min.json").read_bytes(), "low.json")
    assert sum(not one.is_group for one in low.entries) == 149
    first = next(one for one in low.entries if one.name == "ac-1")
    assert (first.code, first.title, first.parent) == ("AC-1", "Policy and Procedures", "ac")
    assert first.text.startswith("a. Develop, document, and disseminate to [")
    assert "insert: param" not in "".join(one.text + one.guidance for one in low.entries)
    with tarfile.open(folder / "oscal-examples.tar.gz") as archive:
        files = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
    assert len(files) == 10
    for name, content in files.items():
        if "/catalog/" in name:
            assert sum(not one.is_group for one in of(content, name).entries) == 4
        else:
            assert problems(content, name) == [(CatalogueProblem.NOT_A_CATALOGUE, 0, "/")]
    pretty, least = (files[f"examples/catalog/json/basic-catalog{end}.json"] for end in ("", "-min"))
    assert of(pretty, "a").entries == of(least, "b").entries
