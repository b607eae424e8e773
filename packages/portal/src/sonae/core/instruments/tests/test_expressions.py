import math
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonae.core.instruments.expressions import layout as layouts
from sonae.core.instruments.expressions.compiled import Compiled, compile_expression
from sonae.core.instruments.expressions.functions import FUNCTIONS
from sonae.core.instruments.expressions.limits import Limits
from sonae.core.instruments.expressions.looking import LOOKING
from sonae.core.instruments.expressions.parsing import parse
from sonae.core.instruments.expressions.scope import ElementKind, Frame, Place, Scope, World
from sonae.core.instruments.expressions.values import Nodes, to_text
from sonae.core.instruments.tests import plainly
from sonae.core.instruments.vocabulary import ExpressionFault, Fault
from sonae.core.web import words
from sonae.kernel.decision import Refused
from tools import effort

# 2026-11-23 06:00 in Japan; the day before in UTC.
NOW = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)
ANSWERS = {
    "empty": "", "two": 2.0, "three": 3.0, "half": 2.5, "minus": -7.0, "word": "abc", "figures": " 42 ", "zero": 0.0,
    "kinds": "vpn edr backup", "born": date(2020, 2, 29), "seen": datetime(2026, 11, 22, 21, 30, tzinfo=UTC),
    "yes": "yes",
    "false_word": "false", "written": "2026-11-22",
}  # fmt: skip


def a_form():
    form = layouts.empty_layout()
    for name in ANSWERS:
        form.add(form.root, name, name, ElementKind.FIELD)
    group = form.add(form.root, "group", "group", ElementKind.GROUP)
    form.add(group, "inner", "inner", ElementKind.FIELD)
    devices = form.add(form.root, "devices", "devices", ElementKind.REPEAT)
    for name in ("maker", "units", "worth"):
        form.add(devices, name, name, ElementKind.FIELD)
    ports = form.add(devices, "ports", "ports", ElementKind.REPEAT)
    form.add(ports, "number", "number", ElementKind.FIELD)
    return form


def a_response(form):
    root = Frame({**ANSWERS, "inner": "deep"})
    rows = [("cisco", 2.0), ("fortinet", ""), ("cisco", 5.0)]
    root.rows["devices"] = [
        Frame({"maker": maker, "units": units}, root, place) for place, (maker, units) in enumerate(rows, 1)
    ]
    for row in root.rows["devices"]:
        row.rows["ports"] = [Frame({"number": float(place * 10)}, row, place) for place in range(1, row.position + 1)]
    makers = layouts.empty_layout()
    top = makers.add_instance("makers")
    shelf = Frame({})
    shelf.rows["item"] = [
        Frame({"name": "cisco", "label": "Cisco", "of": "us"}, shelf, 1),
        Frame({"name": "yamaha", "label": "ヤマハ", "of": "jp"}, shelf, 2),
    ]
    return World(
        NOW,
        root,
        last_saved={"word": "before"},
        instances={"makers": Place(shelf, top)},
        choice_name=lambda element, value: f"{element}:{value}",
        version="7",
    )


def value_of(text, *, at="word", value="", row=None):
    form = a_form()
    compiled = compile_expression(text, layout=form, here=form.by_name[at][0])
    assert isinstance(compiled, Compiled), compiled
    world = a_response(form)
    frame = world.root if row is None else world.root.rows["devices"][row - 1]
    found = compiled.evaluate(Scope(world, frame, value))
    return found.first if isinstance(found, Nodes) else found


@pytest.mark.parametrize(
    ("text", "at", "row", "expected"),
    [
        # Short ways to one value, and next to each a path that has none.
        ("count(/f/devices[maker = current()/../maker])", "units", 1, 2.0),
        ("count(/f/devices[maker != current()/../maker])", "units", 1, 1.0),
        ("count(/f/devices[units = current()])", "units", 3, 1.0),
        ("current() = 'abc'", "word", None, True),
        ("current()/../group/inner = 'deep'", "word", None, True),
        ("count(/f/devices/ports[number > current()/../../two])", "units", 1, 6.0),
        ("current()/../ports/number = 20", "units", 2, True),
        ("current()/../ports/number = 20", "units", 1, False),
        ("count(/f/devices[ports = 10])", "word", None, 0.0),
        ("count(/f/devices[ports/number = 20])", "word", None, 2.0),
        # No node is neither equal nor unequal to anything.
        ("count(/f/devices[nothing = ''])", "word", None, 0.0),
        ("count(/f/devices[nothing != 1])", "word", None, 0.0),
        ("count(/f/devices[units != 2])", "word", None, 2.0),
    ],
)
def test_a_value_is_compared_as_the_node_that_holds_it(text, at, row, expected):
    assert value_of(text, at=at, row=row) == expected


def faults_of(text, *, at="word", limits=None):
    form = a_form()
    found = compile_expression(text, layout=form, here=form.by_name[at][0], limits=limits or Limits())
    if isinstance(found, tuple):
        assert all(words.of(Refused(fault.reason, fault.facts)) for fault in found)
    return [(fault.reason, fault.column) for fault in found] if isinstance(found, tuple) else []


CLAUSES = [
    # Numbers: XPath 1.0 §3.5
    ("10 - 2 - 3", 5.0),
    ("100 div 5 div 2", 10.0),
    ("7 mod 4 mod 2", 1.0),
    ("1 - 2 + 3 - 4", -2.0),
    ("10 - (5 - 3)", 8.0),
    ("1 + 2 * 3", 7.0),
    ("(1 + 2) * 3", 9.0),
    ("7 mod 3", 1.0),
    ("-7 mod 3", -1.0),
    ("7 mod -3", 1.0),
    ("1.5 mod 0.5", 0.0),
    ("1 div 0", math.inf),
    ("-1 div 0", -math.inf),
    ("2 - -2", 4.0),
    ("--2", 2.0),
    ("-(2 + 3)", -5.0),
    ("10 div 4", 2.5),
    ("${two} + ${three}", 5.0),
    ("${figures} + 1", 43.0),
    ("true() + 1", 2.0),
    (".5 + 5.", 5.5),
    # Comparison and coercion: XPath 1.0 §3.4
    ("${two} < ${three}", True),
    ("'10' > '9'", True),
    ("${word} < 3", False),
    ("${word} = 'abc'", True),
    ("${two} = '2'", True),
    ("${two} = '2.0'", True),
    ("'2' = '2.0'", False),
    ("${word} != 'abc'", False),
    ("1 = 1 = 1", True),
    ("3 > 2 > 1", False),
    ("true() = 'x'", True),
    ("true() = ''", False),
    ("'a' = 'A'", False),
    # Empty answers
    ("${empty} = ''", True),
    ("${empty} = 0", False),
    ("${empty} != 0", True),
    ("${empty} < 1", False),
    ("${empty} > 1", False),
    ("not(${empty})", True),
    ("string-length(${empty})", 0.0),
    ("${zero} = ''", False),
    ("coalesce(${empty}, 'x')", "x"),
    ("coalesce(${two}, 'x')", 2.0),
    ("coalesce(${empty}, ${empty})", ""),
    # Truth
    ("true() and false()", False),
    ("true() or false()", True),
    ("not(${zero})", True),
    ("boolean(${false_word})", True),
    ("boolean-from-string(${false_word})", False),
    ("boolean-from-string('1')", True),
    ("boolean('')", False),
    ("if(${two} = 2, 'a', 'b')", "a"),
    ("if(${empty}, 'a', 'b')", "b"),
    ("false() and 1 div 0", False),
    # Choices
    ("selected(${kinds}, 'edr')", True),
    ("selected(${kinds}, 'ed')", False),
    ("selected(${empty}, '')", False),
    ("selected-at(${kinds}, 1)", "edr"),
    ("selected-at(${kinds}, 3)", ""),
    ("selected-at(${kinds}, -1)", ""),
    ("count-selected(${kinds})", 3.0),
    ("count-selected(${empty})", 0.0),
    ("jr:choice-name('vpn', '${kinds}')", "kinds:vpn"),
    ("jr:choice-name(${word}, ${kinds})", "kinds:abc"),
    ("checklist(1, 2, true(), 'a', '')", True),
    ("checklist(-1, 1, true(), 'a')", False),
    ("weighted-checklist(3, -1, true(), 2, 'x', 1, '', 9)", True),
    # Text
    ("concat('a', 1, true(), ${empty})", "a1true"),
    ("concat(1.0, 0.5, 100000000000000000000)", "10.5100000000000000000000"),
    ("string(1 div 3)", "0.3333333333333333"),
    ("string(0 div 0)", "NaN"),
    ("string(-1 div 0)", "-Infinity"),
    ("number('" + "9" * 401 + "')", math.nan),
    ("jr:itext('id')", "id"),
    ("count(${two} | 'x')", 2.0),
    ("position(/data/devices[9])", math.nan),
    ("position(/data/group)", 1.0),
    ("/data/./group/./inner", "deep"),
    ("number(${units})", 2.0),
    ("string(${units})", "2"),
    ("boolean(${units})", True),
    ("boolean(/data/devices[9]/units)", False),
    ("indexed-repeat(${number}, ${ports}, 1)", 10.0),
    ("string(0.0000001)", "0.0000001"),
    ("substr('hello', 1, 3)", "el"),
    ("substr('hello', -3)", "llo"),
    ("substr('hello', 2)", "llo"),
    ("substr('hello', 3, 1)", ""),
    ("substr('hello', 0, -1)", "hell"),
    ("substring('12345', 2, 3)", "234"),
    ("substring('12345', 1.5, 2.6)", "234"),
    ("substring('12345', 0, 3)", "12"),
    ("substring('12345', 0 div 0, 3)", ""),
    ("substring-before('a-b-c', '-')", "a"),
    ("substring-before('abc', '-')", ""),
    ("substring-after('a-b-c', '-')", "b-c"),
    ("contains('abc', 'bc')", True),
    ("starts-with('abc', 'ab')", True),
    ("ends-with('abc', 'bc')", True),
    ("normalize-space('  a   b ')", "a b"),
    ("translate('bar', 'abr', 'AB')", "BA"),
    ("upper-case('aé')", "AÉ"),
    ("lower-case('ABC')", "abc"),
    ("join('/', 'a', 'b')", "a/b"),
    ("string-length('日本語')", 3.0),
    ("digest('abc', 'MD5', 'hex')", "900150983cd24fb0d6963f7d28e17f72"),
    ("digest('abc', 'ROT13')", ""),
    ("base64-decode(base64-encode('備え'))", "備え"),
    ("base64-decode('*')", ""),
    # Functions of numbers
    ("int(2.9)", 2.0),
    ("int(-2.9)", -2.0),
    ("int('7.2')", 7.0),
    ("round(2.5)", 3.0),
    ("round(-2.5)", -2.0),
    ("round(2.345, 2)", 2.35),
    ("round(1234.5, -2)", 1200.0),
    ("floor(-1.5)", -2.0),
    ("ceiling(1.2)", 2.0),
    ("abs(-3)", 3.0),
    ("pow(2, 10)", 1024.0),
    ("pow(10, 400)", math.inf),
    ("sqrt(9)", 3.0),
    ("exp10(2)", 100.0),
    ("log10(1000)", 3.0),
    ("number('1e3')", math.nan),
    ("number('x')", math.nan),
    ("number('')", math.nan),
    ("sqrt(-1)", math.nan),
    ("number('１')", math.nan),
    ("int('')", math.nan),
    ("0 div 0", math.nan),
    ("log(0)", -math.inf),
    ("min(3, 1, 2)", 1.0),
    ("max(3, 'x')", math.nan),
    ("sum(1, '', 2)", 3.0),
    ("max('')", math.nan),
    # Dates, on the clock of Japan
    ("today()", date(2026, 11, 23)),
    ("format-date(today(), '%Y/%m/%d %a %b %e %n %y %%')", "2026/11/23 Mon Nov 23 11 26 %"),
    ("format-date-time(now(), '%H:%M:%S.%3 %h')", "06:00:00.000 6"),
    ("now() > today()", True),
    ("${born} < '2020-03-01'", True),
    ("${born} = '2020-02-29'", True),
    ("'2020-03-01' > ${born}", True),
    ("${written} < today()", True),
    ("'2026-01-02' > '2026-01-01'", True),
    ("${born} + 1 = date('2020-03-01')", True),
    ("decimal-date-time('1970-01-02')", 1.0),
    ("date('1970-01-02') - date('1970-01-01')", 1.0),
    ("date(1)", date(1970, 1, 2)),
    ("today() - ${born}", 2459.0),
    ("date('2026-02-30')", ""),
    ("date('x')", ""),
    ("int(${empty})", math.nan),
    ("decimal-time('12:00:00')", 0.5),
    ("decimal-time('x')", math.nan),
    ("date(${seen})", date(2026, 11, 23)),
    ("format-date(${empty}, '%Y')", ""),
    ("decimal-date-time(date-time('1970-01-01T12:00:00+09:00'))", 0.5),
    ("date(10 * 1000000000)", ""),
    ("'9999-12-31' < today()", False),
    ("string(today())", "2026-11-23"),
    ("string(now())", "2026-11-22T21:00:00.000+00:00"),
    ("date-time('1970-01-02') = 1", True),
    ("string(date-time(1.5))", "1970-01-02T12:00:00.000+09:00"),
    ("format-date-time(0.25, '%H')", "06"),
    ("date(true())", ""),
    ("decimal-time(now())", 0.25),
    ("boolean(today())", True),
    ("if(${devices}, 'some', 'none')", "none"),
    # Places on the earth, on a sphere
    ("round(distance('35 139; 36 139 0 5') div 1000)", 111.0),
    ("round(area('0 0; 0 1; 1 1; 1 0') div 1000000000)", 12.0),
    ("area('0 0; 1 1')", 0.0),
    ("distance('35 139; here')", math.nan),
    ("distance(${maker})", math.nan),
    # Whole texts only
    ("regex('abc', 'a.c')", True),
    ("regex('xabc', 'abc')", False),
    ("regex('2026-01', '[0-9]{4}-[0-9]{2}')", True),
    # The response, the form, other lists
    ("${last-saved#word}", "before"),
    ("version()", "7"),
    ("property('deviceid')", ""),
    ("/data/group/inner", "deep"),
    ("../word", "abc"),
    ("../group/inner", "deep"),
    ("current()/../two", 2.0),
    ("/data/none = ''", None),
    ("instance('makers')/root/item[name = 'yamaha']/label", "ヤマハ"),
    ("count(instance('makers')/root/item)", 2.0),
    ("instance('makers')/root/item[of = 'us' and position() = 1]/name", "cisco"),
    ("instance('none')/root/item", ""),
    ("instance('makers')/root/item[last()]/name", "yamaha"),
    ("pulldata('makers', 'label', 'of', 'jp')", "ヤマハ"),
    ("pulldata('none', 'a', 'b', 'c')", ""),
    ("count(../*) > 10", True),
    ("@id", ""),
    ("(../two | ../three)[2]", 3.0),
    # Repeats seen from outside
    ("count(${devices})", 3.0),
    ("sum(${units})", 7.0),
    ("max(${units})", 5.0),
    ("count(${units})", 3.0),
    ("count-non-empty(${units})", 2.0),
    ("${maker} = 'fortinet'", True),
    ("${maker} != 'fortinet'", True),
    ("not(${maker} = 'juniper')", True),
    ("count(/data/devices[maker = 'cisco'])", 2.0),
    ("sum(/data/devices/units)", 7.0),
    ("/data/devices[2]/maker", "fortinet"),
    ("${devices}[3]/units", 5.0),
    ("concat(${maker})", "ciscofortinetcisco"),
    ("join(', ', ${maker})", "cisco, fortinet, cisco"),
    ("indexed-repeat(${maker}, ${devices}, 2)", "fortinet"),
    ("indexed-repeat(${maker}, ${devices}, 9)", ""),
    ("sum(${number})", 100.0),
    ("count(${ports})", 6.0),
    ("indexed-repeat(${number}, ${devices}, 3, ${ports}, 2)", 20.0),
    ("count(randomize(${devices}, 7))", 3.0),
    ("/data/devices[maker = 'cisco'][2]/units", 5.0),
    ("count(${devices} | /data/devices[1])", 3.0),
]
INSIDE = [
    # The row in which the expression stands, and what lies around and below it
    ("${maker}", 2, "fortinet"),
    ("../maker", 3, "cisco"),
    ("position(..)", 3, 3.0),
    ("position()", 2, 2.0),
    ("${two}", 2, 2.0),
    ("count(${ports})", 3, 3.0),
    ("sum(${number})", 2, 30.0),
    ("count(${devices})", 2, 3.0),
    ("indexed-repeat(${units}, ${devices}, position(..) - 1)", 2, 2.0),
    ("count(../ports[number > 10])", 3, 2.0),
    ("/data/devices[position() = 2]/maker", 1, "fortinet"),
    ("sum(/data/devices/units)", 1, 7.0),
    ("count(/data/devices[maker = current()/../maker])", 1, 2.0),
    ("indexed-repeat(${number}, ${ports}, 2)", 3, 20.0),
]


@pytest.mark.parametrize(("text", "expected"), [row for row in CLAUSES if row[1] is not None], ids=str)
def test_an_expression_is_worth(text, expected):
    found = value_of(text)
    if isinstance(expected, float) and math.isnan(expected):
        assert math.isnan(found)
    else:
        assert found == pytest.approx(expected) if isinstance(expected, float) else found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(("text", "row", "expected"), INSIDE, ids=str)
def test_an_expression_in_a_repeat_sees_its_own_row(text, row, expected):
    assert value_of(text, at="worth", row=row) == expected


def test_the_dot_is_the_answer_itself():
    assert value_of(". >= 18 and . < 65", value=20.0) is True
    assert value_of("once(uuid())", value="kept") == "kept"
    assert value_of("not(selected(., 'c') and selected(., 'd'))", value="c d") is False


def test_every_function_refuses_wrong_numbers_of_arguments_and_answers_right_ones():
    for name, function in {**FUNCTIONS, **LOOKING}.items():
        too_many = ", ".join(["1"] * (function.most + 1))
        assert (ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, 3) in faults_of(f"1+{name}({too_many})")
        if function.least:
            assert (ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, 1) in faults_of(f"{name}()")
        if name in FUNCTIONS:
            assert not isinstance(value_of(f"{name}({', '.join(['${empty}'] * function.least)})"), Fault)


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        ("", ExpressionFault.EMPTY, 1),
        ("1 +", ExpressionFault.ENDS_EARLY, 4),
        ("(1", ExpressionFault.ENDS_EARLY, 3),
        ("1 2", ExpressionFault.UNEXPECTED, 3),
        ("1 )", ExpressionFault.UNEXPECTED, 3),
        ("${a} == 1", ExpressionFault.UNEXPECTED, 7),
        ("//a", ExpressionFault.UNEXPECTED, 2),
        ("${two} = 'x", ExpressionFault.TEXT_NOT_CLOSED, 10),
        ("1 + ${a b}", ExpressionFault.REFERENCE_MALFORMED, 5),
        ("1 + ${two", ExpressionFault.REFERENCE_MALFORMED, 5),
        ("${two} + ${none}", ExpressionFault.UNKNOWN_NAME, 10),
        ("1 + foo(2)", ExpressionFault.UNKNOWN_FUNCTION, 5),
        ("1 = selected(2)", ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, 5),
        ("indexed-repeat(${maker}, ${devices})", ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, 1),
        ("indexed-repeat(${maker}, 'devices', 1)", ExpressionFault.NAME_NOT_WRITTEN_OUT, 1),
        ("indexed-repeat(${none}, ${devices}, 1)", ExpressionFault.UNKNOWN_NAME, 16),
        ("indexed-repeat(${maker}, ${none}, 1)", ExpressionFault.UNKNOWN_NAME, 26),
        ("indexed-repeat(${maker}, ${devices}, 1, ${ports})", ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, 1),
        ("jr:choice-name(1, '${none}')", ExpressionFault.UNKNOWN_NAME, 19),
        ("position(${none})", ExpressionFault.UNKNOWN_NAME, 10),
        ("instance(${word})/root", ExpressionFault.NAME_NOT_WRITTEN_OUT, 10),
        ("jr:choice-name(1, 2)", ExpressionFault.NAME_NOT_WRITTEN_OUT, 19),
        ("/data/group/nowhere", ExpressionFault.PATH_LEADS_NOWHERE, 13),
        ("regex(., 'a(b')", ExpressionFault.PATTERN_MALFORMED, 12),
        ("regex(., '(a)\\1')", ExpressionFault.PATTERN_UNSUPPORTED, 15),
        ("__import__('os')", ExpressionFault.UNKNOWN_FUNCTION, 1),
        ("word.upper()", ExpressionFault.UNKNOWN_FUNCTION, 1),
    ],
)
def test_a_fault_is_named_with_its_column(text, reason, column):
    assert (reason, column) in faults_of(text)


def test_every_fault_of_an_expression_is_named_not_only_the_first():
    found = faults_of("${none} + foo(1) + selected(1)")
    assert found == [
        (ExpressionFault.UNKNOWN_NAME, 1),
        (ExpressionFault.UNKNOWN_FUNCTION, 11),
        (ExpressionFault.WRONG_NUMBER_OF_ARGUMENTS, 20),
    ]


def test_what_the_rows_of_a_repeat_lack_is_empty():
    form = a_form()
    compiled = compile_expression("indexed-repeat(${number}, ${ports}, 1)", layout=form, here=form.root)
    world = a_response(form)
    world.root.rows = {}
    assert compiled.evaluate(Scope(world, world.root)) == ""


def test_an_expression_of_a_repeat_as_a_whole_stands_beside_it():
    form = a_form()
    compiled = compile_expression("../word = 'abc' and ${two} = 2", layout=form, here=form.by_name["devices"][0])
    world = a_response(form)
    assert compiled.holds(Scope(world, world.root)) is True


def test_two_elements_of_one_name_cannot_be_told_apart():
    form = a_form()
    form.add(form.by_name["group"][0], "group/word", "word", ElementKind.FIELD)
    found = compile_expression("${word}", layout=form, here=form.root)
    assert [fault.reason for fault in found] == [ExpressionFault.AMBIGUOUS_NAME]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(" * 100 + "1" + ")" * 100, None),
        ("-" * 100 + "1", ExpressionFault.TOO_DEEP),
        (" or ".join(["1"] * 900), None),
        ("1" + " + 1" * 900, None),
        ("1" + " = 1" * 100, ExpressionFault.TOO_DEEP),
        ("1" + " + 1" * 1_999 + " ", ExpressionFault.TOO_MANY_PARTS),
        ("not(" * 100 + "1" + ")" * 100, ExpressionFault.TOO_DEEP),
        ("1 + (" * 100 + "1" + ")" * 100, ExpressionFault.TOO_DEEP),
        ("concat(" + ",".join("1" * 2_100) + ")", ExpressionFault.TOO_MANY_PARTS),
        ("'" + "x" * 9_000 + "'", ExpressionFault.TOO_LONG),
        ("(" * 8_000, ExpressionFault.ENDS_EARLY),
        ("[" * 8_000, ExpressionFault.UNEXPECTED),
        ("a[" * 4_000, ExpressionFault.ENDS_EARLY),
    ],
)
def test_an_expression_beyond_the_limits_is_a_fault(text, reason):
    began = effort.begun()
    found = parse(text)
    assert (found.reason if isinstance(found, Fault) else None) is reason
    began.at_most(1)


def test_an_evaluation_that_costs_too_much_ends_with_a_fault():
    form = a_form()
    nested = "count(/data/devices[count(/data/devices[count(/data/devices[units > 0]) > 0]) > 0])"
    compiled = compile_expression(nested, layout=form, here=form.root)
    world = a_response(form)
    world.root.rows["devices"] = [Frame({"units": 1.0}, world.root, place) for place in range(1, 300)]
    began = effort.begun()
    found = compiled.evaluate(Scope(world, world.root))
    assert isinstance(found, Fault)
    assert found.reason is ExpressionFault.TOO_COSTLY
    assert compiled.holds(Scope(world, world.root)) == Fault(ExpressionFault.TOO_COSTLY)
    began.at_most(10)


def test_texts_cannot_double_without_end():
    long = "x" * 90_000
    form = a_form()
    compiled = compile_expression("concat(${word}, ${word})", layout=form, here=form.root)
    world = a_response(form)
    world.root.values["word"] = long
    assert compiled.evaluate(Scope(world, world.root)) == Fault(ExpressionFault.TOO_COSTLY)


# --- Against the slow evaluator --------------------------------------------------------------------------------------

_LEAVES = st.one_of(
    st.sampled_from([f"${{{name}}}" for name in ("empty", "two", "half", "minus", "word", "figures", "zero", "kinds")]),
    st.sampled_from(["true()", "false()", "''", "'abc'", "'2'", "' 3 '", "'vpn'", "'-'", "'1.50'"]),
    st.integers(0, 1_000).map(str),
    st.decimals(0, 100, places=2).map(str),
)


def _grown(inner):
    binary = st.sampled_from(["and", "or", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "div", "mod"])
    return st.one_of(
        st.tuples(inner, binary, inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})"),
        st.tuples(inner, binary, inner).map(" ".join),
        inner.map(lambda one: f"-{one}"),
        inner.map(lambda one: f"not({one})"),
        inner.map(lambda one: f"number({one})"),
        inner.map(lambda one: f"string-length({one})"),
        st.tuples(inner, inner, inner).map(lambda parts: f"if({parts[0]}, {parts[1]}, {parts[2]})"),
        st.tuples(inner, inner).map(lambda parts: f"concat({parts[0]}, {parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"coalesce({parts[0]}, {parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"selected({parts[0]}, {parts[1]})"),
        st.tuples(inner, inner).map(lambda parts: f"contains({parts[0]}, {parts[1]})"),
    )


@settings(max_examples=400, deadline=None)
@given(st.recursive(_LEAVES, _grown, max_leaves=14))
def test_both_evaluators_agree(text):
    found, expected = value_of(text), plainly.evaluate(text, ANSWERS)
    assert type(found) is type(expected)
    if isinstance(expected, float):
        assert found == pytest.approx(expected, nan_ok=True)
    else:
        assert found == expected


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="${}ab1.'\"()[]+-*/<>=!, andivmor|@#:\n日", max_size=40))
def test_no_text_breaks_the_reader(text):
    found = parse(text)
    if isinstance(found, Fault):
        assert 1 <= found.column <= len(text) + 1
    else:
        form = a_form()
        compiled = compile_expression(text, layout=form, here=form.root)
        if isinstance(compiled, Compiled):
            to_text(compiled.evaluate(Scope(a_response(form), a_response(form).root)))
