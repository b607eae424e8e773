"""Reading version ranges: phrase by phrase, what is refused and why, and whether a version is covered."""

import pytest

from sonae_engine.exposure.ranges import Answer, Certainty, Fault, Language, Reason, covers, order, read
from tools import effort

PHRASES = [
    ("<= 2.3", "(*, 2.3]"),
    ("≤ 2.3", "(*, 2.3]"),
    ("＜２．３", "(*, 2.3)"),
    ("prior to version 2.3", "(*, 2.3)"),
    ("versions before 2.3", "(*, 2.3)"),
    ("earlier than 2.3", "(*, 2.3)"),
    ("2.3 and below", "(*, 2.3]"),
    ("version 2.3 and all prior versions", "(*, 2.3]"),
    ("Versions 2.3 and earlier.", "(*, 2.3]"),
    ("2.3 or lower", "(*, 2.3]"),
    ("up to and including 2.3", "(*, 2.3]"),
    ("up to, but not including 2.3", "(*, 2.3)"),
    ("versions up to 2.3 (excluding)", "(*, 2.3)"),
    ("from 1.0 to 2.3", "[1.0, 2.3]"),
    ("1.0 through 2.3", "[1.0, 2.3]"),
    ("between 1.0 and 2.3", "[1.0, 2.3]"),
    ("1.0 – 2.3", "[1.0, 2.3]"),
    ("1.0 (including) to 2.3 (excluding)", "[1.0, 2.3)"),
    ("version 2.3 and later", "[2.3, *)"),
    ("2.3 or newer", "[2.3, *)"),
    ("< 2.3, >= 1.0", "[1.0, 2.3)"),
    ("2.3以下", "(*, 2.3]"),
    ("２．３ 以前", "(*, 2.3]"),
    ("バージョン２．３未満", "(*, 2.3)"),
    ("Ver.2.3 より前のバージョン", "(*, 2.3)"),
    ("2.3 およびそれ以前のバージョン", "(*, 2.3]"),
    ("2.3 以降のバージョン", "[2.3, *)"),
    ("1.0 以上 2.3 未満", "[1.0, 2.3)"),
    ("1.0 以上、2.3 以下", "[1.0, 2.3]"),
    ("バージョン 1.0 から 2.3 まで", "[1.0, 2.3]"),
    ("Ver.1.00からVer.1.20までのバージョン", "[1.00, 1.20]"),
    ("1.0 から 2.3 未満", "[1.0, 2.3)"),
    ("1.0～2.3", "[1.0, 2.3]"),
    ("すべてのバージョン", "all"),
    ("全バージョン", "all"),
    ("ファームウェア 1.05 以前、および 2.0 から 2.3", "(*, 1.05]; [2.0, 2.3]"),
    ("4.2 系", "=4.2.x"),
    ("vers:generic/>=1.0|<2.3", "[1.0, 2.3)"),
    ("2.3 Build 1577 and earlier", "(*, 2.3 Build 1577]"),
    ("all versions up to 2.3", "(*, 2.3]"),
    ("10.2 before 10.2.0.13, 11.0 before 11.0.4", "[10.2, 10.2.0.13); [11.0, 11.0.4)"),
    ("9.1 versions earlier than 9.1.14", "[9.1, 9.1.14)"),
    ("2.3 (and earlier versions)", "(*, 2.3]"),
    ("2.3（およびそれ以前）", "(*, 2.3]"),
    ("バージョン 4.2 系の 4.2.10 より前", "[4.2, 4.2.10)"),
    ("2.0.0 以上 2.3.1 未満、3.0.0 以上 3.1.2 未満", "[2.0.0, 2.3.1); [3.0.0, 3.1.2)"),
    (">=1.0,<2.0 || >=3.0,<3.4", "[1.0, 2.0); [3.0, 3.4)"),
    ("2.0–2.4", "[2.0, 2.4]"),
    ("All versions V14 < V14 SP3", "[14, 14 SP3)"),
    ("newer than 2.3", "(2.3, *)"),
    ("2.3 より後", "(2.3, *)"),
    ("from 1.0 から 2.0 未満", "[1.0, 2.0)"),
    ("3.2 系列 3.2.1 およびそれ以前", "[3.2, 3.2.1]"),
    ("<= 1.0, >= 2.0", "(*, 1.0]; [2.0, *)"),
    ("vers:generic/!=2.0", "all"),
    ("vers:deb/<1.0|>=1.2~rc1|<1.3", "(*, 1.0); [1.2~rc1, 1.3)"),
]


@pytest.mark.parametrize(("text", "meaning"), PHRASES, ids=[text for text, _ in PHRASES])
def test_a_phrase_is_read(text, meaning):
    reading = read(text)
    assert reading.certainty is Certainty.WHOLE, reading.unread
    assert "; ".join(str(of) for of in reading.ranges) == meaning


@pytest.mark.parametrize(
    ("text", "fault", "part"),
    [
        ("<= HiOS 07.0.02", Fault.NAME_AFTER_SIGN, "HiOS 07.0.02"),
        ("< august 28", Fault.DAY_WITHOUT_YEAR, "august 28"),
        ("<= 4.1 | < january 20 2017", Fault.MIXED_KINDS, "(*, 4.1]; (*, 2017-01-20)"),
        (">= 1.0 | >= 2.4", Fault.ENDS_CONTRADICT, "[1.0, *)"),
        ("6.0.14 to 6.0.0", Fault.REVERSED, "6.0.14 6.0.0"),
        ("< V3.X.14", Fault.WILDCARD_INSIDE, "V3.X.14"),
        ("<= 7.2x", Fault.WILDCARD_INSIDE, "7.2x"),
        ("4.1.1 (and possibly prior versions)", Fault.PUBLISHER_UNSURE, "(and possibly"),
        ("1.0 (Build 12", Fault.BRACKET_OPEN, "(Build 12"),
        ("A10 < A11", Fault.ENDS_CONTRADICT, "A10: A11"),
        ("3.0 and <", Fault.ORDER_UNKNOWN, "<"),
        ("5.0 and prior to 5.4", Fault.ENDS_CONTRADICT, "5.0 (*, 5.4)"),
        ("2.3 and later (not affected)", Fault.WORDS_UNKNOWN, "(not affected)"),
        ("2.3 (or newer, see note)", Fault.WORDS_UNKNOWN, "(or newer, see note)"),
        ("Serial numbers starting with AB12", Fault.WORDS_UNKNOWN, "starting with"),
        (
            "<=the_first_5_digits_of_serial_number_22081",
            Fault.WORDS_UNKNOWN,
            "the_first_5_digits_of_serial_number_22081",
        ),
        ("units shipped before 04/2018", Fault.MIXED_KINDS, "04/2018"),
        ("2.3 より以前", Fault.WORDS_UNKNOWN, "より"),
        ("2.0 excluding 2.0.5", Fault.ENDS_CONTRADICT, "=2.0 2.0.5"),
        ("2.3+", Fault.WORDS_UNKNOWN, "2.3+"),
        ("^1.2.3", Fault.WORDS_UNKNOWN, "^1.2.3"),
        ("~1.2", Fault.ORDER_UNKNOWN, "~"),
        ("1.2/1.3", Fault.WORDS_UNKNOWN, "1.2/1.3"),
        ("Version A, Firmware A.03.09", Fault.MIXED_KINDS, "Version A , Firmware A.03.09"),
        ("april 31, 2018", Fault.WORDS_UNKNOWN, "april 31, 2018"),
        ("from 1.0 to april 2018", Fault.MIXED_KINDS, "1.0 2018-04"),
        ("<= 1.0 >= 2.0", Fault.ENDS_CONTRADICT, "1.0 2.0"),
        (">= 2.0 | <= 1.0", Fault.ENDS_CONTRADICT, "2.0 1.0"),
        ("<= 2.0 | >= 1.0", Fault.ENDS_CONTRADICT, "2.0 1.0"),
        ("all versions except 2.1, 2.2", Fault.ORDER_UNKNOWN, "=2.2"),
        ("!= 2.0", Fault.ORDER_UNKNOWN, "=2.0"),
        ("before FortiOS", Fault.ORDER_UNKNOWN, "FortiOS"),
        ("vers:generic/" + "1|" * 1_100 + "1", Fault.TOO_MANY_PARTS, ("1|" * 40)),
        ("vers:generic/1 2", Fault.ORDER_UNKNOWN, "1 2"),
        ("vers:generic/>1|>2", Fault.ENDS_CONTRADICT, "1 | 2"),
        ("vers:generic/<1|<2", Fault.ENDS_CONTRADICT, "2"),
        ("vers:npm/>=2.0.0|<1.0.0", Fault.REVERSED, "2.0.0 | 1.0.0"),
        ("Model 3 - 2023.6", Fault.WORDS_UNKNOWN, "Model 3"),
        ("21.3*-EVO", Fault.WILDCARD_INSIDE, "21.3*-EVO"),
        ("1.2 gadget edition two", Fault.WORDS_UNKNOWN, "gadget edition two"),
    ],
)
def test_what_is_not_understood_is_left_with_its_part(text, fault, part):
    reading = read(text)
    assert (reading.certainty, reading.ranges, reading.models) == (Certainty.UNREADABLE, (), ())
    assert [(unread.fault, unread.part) for unread in reading.unread] == [(fault, part)]


# Of ICSA-24-004-02, -018-01, -025-02 and -030-02: advisories later than those beside the clone.
LATER = [
    (">=1.275M|<1.290C", "[1.275M, 1.290C)"),
    ("<=1.04E", "(*, 1.04E]"),
    (">=3.05F_Packaged_with_MC_Works64_4.03D", None),
    ("<=1.006_", "(*, 1.006]"),
    ("2023", "=2023"),
    ("<=2018_SP3_P05", "(*, 2018_SP3_P05]"),
    (">=3.0|<5.92", "[3.0, 5.92)"),
    (">=1.11M|<1.626C", "[1.11M, 1.626C)"),
    (">=4.00A|<5.007H", "[4.00A, 5.007H)"),
    ("2.3.5SK.30084998", "=2.3.5SK.30084998"),
    ("2.3_and_prior", "(*, 2.3]"),
    ("Versions_prior_to_2.3", "(*, 2.3)"),
]


@pytest.mark.parametrize(("text", "meaning"), LATER)
def test_later_advisories_write_blanks_as_underscores(text, meaning):
    assert [str(of) for of in read(text).ranges] == ([] if meaning is None else [meaning])
    assert order.same("2018_SP3_P05", "2018 SP3 P05")


@pytest.mark.parametrize("text", ["", "-", "n/a", "N/A", "unspecified", "See references", "不明"])
def test_nothing_stated_is_not_everything(text):
    assert read(text).certainty is Certainty.NOTHING_STATED
    assert covers(read(text), "1.0").reason is Reason.NOTHING_STATED


def test_words_beside_a_range_are_kept_and_decide_once_they_hold():
    reading = read("FortiOS 6.0.0 to 6.0.4, FortiProxy 2.0.0")
    assert [of.qualifiers for of in reading.ranges] == [("FortiOS",), ("FortiProxy",)]
    assert covers(reading, "6.0.3").reason is Reason.CONDITION
    assert covers(reading, "6.0.3", met={"FortiOS"}).answer is Answer.YES
    assert covers(reading, "6.0.3", met={"FortiProxy"}).by == "FortiOS"
    assert covers(reading, "7.0.0").answer is Answer.NO


def test_numbers_of_another_part_are_no_bounds():
    reading = read("v9.x (with Wireless Battery Module >= v22D19 | <= v22D28)")
    assert [str(of) for of in reading.ranges] == ["=9.x"]
    assert reading.ranges[0].qualifiers == ("(with Wireless Battery Module >= v22D19 | <= v22D28)",)


def test_days_and_serials_are_kinds_of_their_own():
    days = read("distributed < april 1, 2018")
    assert [str(of) for of in days.dates] == ["(*, 2018-04-01)"]
    assert covers(days, "1.0").reason is Reason.DAY_ASKED
    assert [str(of) for of in read("manufactured between 2015 and 2018").dates] == ["[2015, 2018]"]
    assert [str(of) for of in read("2018年4月1日より前に製造").dates] == ["(*, 2018-04-01)"]
    serials = read("serial numbers 1000 through 2000")
    assert [str(of) for of in serials.serials] == ["[1000, 2000]"]
    assert covers(serials, "1500").reason is Reason.SERIAL_ASKED
    assert [str(of) for of in read("シリアル番号 1000 から 2000 まで").serials] == ["[1000, 2000]"]


def test_a_repair_and_an_exception():
    fixed = read("Fixed in 2.4.1")
    assert fixed.fixed == ("2.4.1",)
    assert (covers(fixed, "2.4.1").reason, covers(fixed, "2.0").answer) == (Reason.REPAIRED, Answer.UNKNOWN)
    assert read("2.4.1 で修正済み").fixed == ("2.4.1",)
    within = read("1.0 to 2.3 except 2.1")
    assert [covers(within, version).answer for version in ("2.0", "2.1")] == [Answer.YES, Answer.NO]
    but = read("all versions except 2.1")
    assert (covers(but, "2.1").reason, covers(but, "2.2").answer) == (Reason.EXCLUDED, Answer.YES)
    assert covers(but, "").answer is Answer.UNKNOWN
    assert covers(read("2.1 を除くすべてのバージョン"), "2.1").answer is Answer.NO


def test_models_are_compared_as_a_whole():
    reading = read("MMT-1711 | MMT-1712")
    assert [model.text for model in reading.models] == ["MMT-1711", "MMT-1712"]
    assert covers(reading, "mmt-1712").reason is Reason.NAMED
    assert covers(reading, "1.0").reason is Reason.MODEL_ASKED


COVERED = [
    ("<= 6.3.5.11", "6.3.5.11", Answer.YES),
    ("<= 6.3.5.11", "6.3.5.12", Answer.NO),
    ("< V4.1.1 Patch04", "V4.1.1", Answer.YES),
    ("< V4.1.1 Patch04", "4.1.1 patch 4", Answer.NO),
    ("< V4.7 SP6 HF3", "V4.7 HF27", Answer.YES),
    ("< 5.8 (Build 1577)", "5.8", Answer.UNKNOWN),
    ("< 5.8 (Build 1577)", "5.8 (Build 1576)", Answer.YES),
    ("<= 6.0.3", "v6.0.3,build0200", Answer.YES),
    ("< 6.0.3", "v6.0.3,build0200", Answer.NO),
    ("6.0.3", "6.0.3 Build 200", Answer.YES),
    ("6.0.3", "6.0.3 SP2", Answer.NO),
    ("<= 11.x", "11.3", Answer.YES),
    ("<= 11.x", "12.0", Answer.NO),
    ("< 3.x", "3.0", Answer.NO),
    ("14.1.x", "14.1.7", Answer.YES),
    ("14.1.x", "14.2", Answer.NO),
    ("14.1.x", "14", Answer.UNKNOWN),
    ("<= U61", "L81", Answer.UNKNOWN),
    ("1.1e", "1.1d", Answer.NO),
    ("<= 1.1e", "1.1", Answer.YES),
    (">= 23.0.0-alpha.1, < 23.0.0", "23.0.0-beta.2", Answer.YES),
    ("vers:deb/<1.2", "1.2~rc1", Answer.YES),
    ("vers:npm/<1.2.0", "no version", Answer.UNKNOWN),
    ("> 4.x", "4.7", Answer.NO),
    ("> 4.x", "4", Answer.NO),
    ("> 4.x", "5.0", Answer.YES),
    ("< 4.7 HF2", "4.7-rc1", Answer.YES),
    ("< 4.7-rc1", "4.7.1", Answer.NO),
    ("vers:all/*", "", Answer.YES),
    ("<= 2.0", "", Answer.UNKNOWN),
    ("<= 2.0", "not a version", Answer.UNKNOWN),
]


@pytest.mark.parametrize(("text", "version", "answer"), COVERED)
def test_a_version_is_covered_where_the_order_says_so(text, version, answer):
    assert covers(read(text), version).answer is answer


@pytest.mark.parametrize(
    "rising",
    [
        ["1.2", "1.10", "1.10.1", "2"],
        ["2.0-alpha.1", "2.0-alpha.2", "2.0-beta", "2.0-rc1", "2.0-rc2", "2.0"],
        ["4.7", "4.7 HF2", "4.7 HF27", "4.7 SP1", "4.7 SP1 HF3", "4.7 SP6", "4.7.1", "4.8"],
        ["1.1", "1.1a", "1.1e", "1.2"],
        ["R4.10", "R4.31", "R8.02"],
        ["15.2(4)E1", "15.2(4)E9", "15.2(5)E1"],
    ],
)
def test_versions_rise(rising):
    for at, earlier in enumerate(rising):
        for later in rising[at + 1 :]:
            assert order.compared(earlier, later) == -1, (earlier, later)
            assert order.compared(later, earlier) == 1, (later, earlier)


@pytest.mark.parametrize(("one", "other"), [("1.2", "1.2.0"), ("V4.1 Patch 04", "4.1 patch4"), ("Ver. 2.0", "v2.0")])
def test_one_version_has_several_spellings(one, other):
    assert order.same(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("U61", "L81"), ("5.3", "5.3 Build 150410"), ("1.0", "abc"), ("1.0-5", "1.0")]
)
def test_where_no_order_is_known_none_is_made_up(one, other):
    assert order.compared(one, other) is None
    assert order.compared(other, one) is None


def test_a_language_leaves_out_the_words_of_the_other():
    assert read("2.3 未満", language=Language.ENGLISH).certainty is Certainty.UNREADABLE
    assert read("2.3 and earlier", language=Language.JAPANESE).certainty is Certainty.UNREADABLE
    assert read("<= 2.3", language=Language.JAPANESE).certainty is Certainty.WHOLE


HOSTILE = {
    "ten megabytes of digits": "1" * 10_000_000,
    "ten megabytes of dots": "1." * 5_000_000,
    "brackets": "(" * 4_000,
    "brackets that close": "1.0 " + "(a)" * 1_300,
    "bracket in bracket": "1.0 " + "(" * 1_990 + ")" * 1_990,
    "versions without end": "1.1 " * 999,
    "signs": "<" * 4_000,
    "bars": "1|" * 1_999,
    "quotes": "'" * 4_000,
    "one word": "1.x_" * 999,
    "hyphens": "1-" * 1_999,
    "japanese": "以前" * 1_999,
    "and": "and or " * 570,
    "letters that grow when folded": "ﷺ" * 3_999,
    "hex": "deadbeef1" * 440,
    "zeros": "0" * 3_999 + ".1",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_is_put_aside_in_under_a_second(text):
    began = effort.begun()
    reading = read(text)
    covers(read("<= 1.0"), text)
    began.at_most(1)
    assert len(reading.unread[0].part if reading.unread else "") <= 200
