"""Catalogues made to cost much: each is refused at once, or read in the time and the memory of an honest one."""

import json
import tracemalloc

import pytest

from sonae.core.assurance.catalogue_files.places import MOST_ENTRIES, MOST_LETTERS
from sonae.core.assurance.catalogue_files.reading import read
from sonae.core.assurance.catalogue_files.tree import MOST_JSON_VALUES, MOST_YAML_VALUES, Lines
from sonae.core.assurance.tests.test_catalogue_files import of, problems
from sonae.core.assurance.vocabulary import CatalogueProblem
from tools import effort

METADATA = {"title": "t", "version": "1", "last-modified": "2026-01-01T00:00:00Z", "oscal-version": "1.1.2"}


def a_catalogue(**fields: object) -> bytes:
    return json.dumps({"catalog": {"uuid": "u", "metadata": METADATA} | fields}, separators=(",", ":")).encode()


def a_control(*prose: str, name: str = "c", **fields: object) -> dict[str, object]:
    parts = [{"name": "statement", "prose": one} for one in prose]
    return {"id": name, "title": "t", "parts": parts} | fields


def is_read_at_once(content: bytes) -> None:
    began = effort.begun()
    read(content, file_name="evil")
    began.at_most(1)


def test_a_text_of_nothing_but_beginnings_of_parameters_is_looked_through_in_one_go():
    for beginning in ("{{insert:param,", "{{", "{{" + " " * 30, "{{insert:param,a" + " " * 30):
        text = (beginning * 20_000)[:19_998]
        content = a_catalogue(controls=[a_control(*[text] * 4, name=f"c{n}") for n in range(20)])
        is_read_at_once(content)


def test_a_text_that_grows_by_its_parameters_is_never_built():
    steps = [{"id": "a", "values": [("{{insert:param,b}}" * 55)]}, {"id": "b", "values": ["x" * 1_000]}]
    content = a_catalogue(params=steps, controls=[a_control(*["{{insert:param,a}}" * 1_111] * 4)])
    tracemalloc.start()
    try:
        assert [one[0] for one in problems(content)] == [CatalogueProblem.TEXT_TOO_LONG]
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_parameters_of_the_whole_catalogue_are_not_copied_for_each_control():
    params = [{"id": f"a{n}"} for n in range(20_000)]
    content = a_catalogue(params=params, controls=[a_control(name=f"c{n}") for n in range(8_000)])
    is_read_at_once(content)
    assert len(of(content).entries) == 8_000


def test_the_parameters_of_one_control_are_not_known_in_another():
    inner = a_control("{{ insert: param, p }}", name="c1", params=[{"id": "p", "label": "inner"}])
    after = a_control("{{ insert: param, p }} {{ insert: param, q }}", name="c3")
    own = a_control("{{ insert: param, q }}", name="c2", params=[{"id": "q", "label": "own"}])
    found = of(a_catalogue(params=[{"id": "p", "label": "outer"}], controls=[inner, own, after]))
    assert [one.text for one in found.entries] == ["[inner]", "[own]", "[outer] [q]"]


def test_reading_ends_with_the_first_entry_that_is_too_many():
    content = a_catalogue(controls=[{"id": f"c{n}", "title": "t"} for n in range(200_000)])
    assert [one[0] for one in problems(content)] == [CatalogueProblem.TOO_MANY_CONTROLS]
    # The signs of JSON come into their limit first where there are still more.
    assert 2 * MOST_ENTRIES < MOST_JSON_VALUES


def test_a_small_file_does_not_become_a_catalogue_of_endless_text():
    text = "{{insert:param,a}}" * 19
    controls = [a_control(text, name=f"c{n}") for n in range(5_000)]
    content = a_catalogue(params=[{"id": "a", "values": ["x" * 1_000]}], controls=controls)
    assert len(content) * 4 < MOST_LETTERS
    assert [one[0] for one in problems(content)] == [CatalogueProblem.TOO_MUCH_TEXT]
    is_read_at_once(content)


@pytest.mark.parametrize("filling", ["[],", "{},", "0,", '{"a":"bb"},', '"ab",'])
def test_a_file_of_countless_values_is_refused_before_they_are_made(filling):
    content = b'{"catalog":[' + filling.encode() * (19_000_000 // len(filling)) + b"0]}"
    assert [one[0] for one in problems(content)] == [CatalogueProblem.TOO_MANY_PARTS]
    is_read_at_once(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("objects: " + ("{? " + "k" * 1_000 + " : ") * 50 + "[" + "a," * 5_000 + "]" + "}" * 50, "TEXT_TOO_LONG"),
        ("objects: " + ("{? " + "k" * 200 + " : ") * 50 + "[" + "a," * 5_000 + "]" + "}" * 50, "NOT_A_CATALOGUE"),
        ("objects:\n  ? " + "k" * 500_000 + "\n  : [" + "a," * 1_500 + "]", "TEXT_TOO_LONG"),
        ("objects: [" + "a," * 2_000_000 + "]", "TOO_MANY_PARTS"),
    ],
)
def test_long_names_of_fields_are_not_kept_for_every_value_below_them(content, reason):
    tracemalloc.start()
    try:
        found = read((content + "\n").encode(), file_name="evil.yaml")
        assert tracemalloc.get_traced_memory()[1] < 80_000_000
    finally:
        tracemalloc.stop()
    assert isinstance(found, tuple)
    assert CatalogueProblem[reason] in {one.reason for one in found} or reason == "NOT_A_CATALOGUE"
    assert MOST_YAML_VALUES < 2_000_000


def test_the_line_of_a_place_is_found_by_its_pointer():
    lines = Lines()
    top = lines.add(-1, "", 1)
    names = lines.add(top, "a/b~c", 2)
    lines.add(lines.add(names, 0, 3), "1", 4)
    found = [lines.of(at) for at in ("", "/a~1b~0c", "/a~1b~0c/0", "/a~1b~0c/0/1", "/x", "/a~1b~0c/7/1")]
    assert (found, len(lines)) == ([1, 2, 3, 4, 0, 0], 4)


@pytest.mark.parametrize("sign", ["\x00", "\ud800", "\x1b"])
def test_what_no_database_keeps_does_not_come_in_by_a_parameter(sign):
    for param in ({"values": [f"x{sign}y"]}, {"select": {"choice": [f"x{sign}y"]}}):
        content = a_catalogue(params=[{"id": "a"} | param], controls=[a_control("A {{ insert: param, a }}")])
        assert [one[0] for one in problems(content)] == [CatalogueProblem.TEXT_UNSOUND]
