"""Whatever range is written in whatever phrase is read back; whatever text comes, nothing is raised, in short time."""

from hypothesis import example, given
from hypothesis import strategies as st

from sonae_engine.exposure.ranges import Answer, Certainty, Range, Reading, covers, lexicon, order, read
from tools import effort

numbers = st.lists(st.integers(0, 400), min_size=2, max_size=4).map(lambda parts: ".".join(map(str, parts)))
endings = st.sampled_from(["", "", "", "a", " SP2", " Patch 05", " HF7", "-rc1", " Build 1577"])
versions = st.builds(lambda number, ending: number + ending, numbers, endings)
heads = st.sampled_from(["", "V", "v", "Ver.", "version "])

BELOW = [
    "< {}",
    "<{}",
    "All versions < {}",
    "before {}",
    "prior to {}",
    "versions earlier than {}",
    "vers:all/<{}",
    "{}未満",
    "{} より前のバージョン",
    "{} よりも前",
    "{} 未満のバージョン",
]
AT_MOST = [
    "<= {}",
    "<={}",
    "≤ {}",
    "{} and below",
    "{} and earlier",
    "{} and prior versions",
    "{} or lower",
    "up to and including {}",
    "{} 以下",
    "{}以前",
    "{} およびそれ以前",
    "{} およびそれ以前のバージョン",
    "{} まで",
]
AT_LEAST = [
    ">= {}",
    "{} and later",
    "{} or newer",
    "{} and above",
    "from {} onwards",
    "{}以上",
    "{} 以降",
    "{} 以降のバージョン",
]
CLOSED = [
    ">= {} | <= {}",
    ">= {}, <= {}",
    ">={} <={}",
    "{} to {}",
    "{} through {}",
    "from {} to {}",
    "between {} and {}",
    "{} - {}",
    "{} から {} まで",
    "{}以上 {}以下",
    "{} 以上、{} 以下",
    "{}～{}",
]
HALF_OPEN = [
    ">= {} < {}",
    ">= {} and < {}",
    "All versions >= {} and < {}",
    ">= {}, < {}",
    "{}以上 {}未満",
    "{} から {} 未満",
    "between {} (including) and {} (excluding)",
    "vers:all/>={}|<{}",
]


def written(form: str, *ends: str, wide: bool) -> str:
    text = form.format(*ends)
    return text.translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)}) if wide else text


def told(reading: Reading, text: str) -> list[str]:
    assert reading.certainty is Certainty.WHOLE, (text, reading.unread)
    return [str(of).casefold() for of in reading.ranges]


@given(versions, heads, st.booleans(), st.data())
def test_one_end_is_read_back_in_every_phrase(version, head, wide, draw):
    for forms, meaning in ((BELOW, "(*, {})"), (AT_MOST, "(*, {}]"), (AT_LEAST, "[{}, *)")):
        text = written(draw.draw(st.sampled_from(forms)), head + version, wide=wide)
        assert told(read(text), text) == [meaning.format(version.casefold())], text


@given(versions, versions, heads, st.booleans(), st.data())
def test_two_ends_are_read_back_in_every_phrase(one, other, head, wide, draw):
    if order.compared(one, other) not in {-1, 1}:
        return
    low, high = (one, other) if order.compared(one, other) == -1 else (other, one)
    for forms, meaning in ((CLOSED, "[{}, {}]"), (HALF_OPEN, "[{}, {})")):
        text = written(draw.draw(st.sampled_from(forms)), head + low, head + high, wide=wide)
        assert told(read(text), text) == [meaning.format(low.casefold(), high.casefold())], text


@given(st.lists(versions, min_size=2, max_size=6, unique=True), st.sampled_from([", ", " | ", "、", " and ", "および"]))
def test_a_list_is_read_back(found, joint):
    text = joint.join(found)
    assert told(read(text), text) == [f"={version.casefold()}" for version in found], text


@given(versions, versions)
def test_what_is_before_the_end_is_covered_and_what_is_after_is_not(end, version):
    answer = covers(read(f"< {end}"), version).answer
    expected = {-1: Answer.YES, 0: Answer.NO, 1: Answer.NO, None: Answer.UNKNOWN}
    assert answer is expected[order.to_bound(version, end)]


@given(versions, versions)
def test_the_order_has_two_sides(one, other):
    there, back = order.compared(one, other), order.compared(other, one)
    assert (there is None) == (back is None)
    assert there is None or back is None or there == -back
    assert order.compared(one, one) == 0


@given(versions, versions, versions)
def test_the_order_is_transitive_where_it_is_known(one, two, three):
    if order.compared(one, two) == -1 and order.compared(two, three) == -1:
        assert order.compared(one, three) in {-1, None}


words = st.sampled_from(
    [
        "<",
        "<=",
        ">=",
        "|",
        ",",
        "and",
        "or",
        "prior to",
        "before",
        "and earlier",
        "to",
        "-",
        "all versions",
        "V1.2",
        "3.x",
        "SP1",
        "2018",
        "(",
        ")",
        "(Build 12)",
        "serial number",
        "april 1, 2018",
        "FortiOS",
        "未満",
        "以上",
        "から",
        "まで",
        "およびそれ以前",
        "バージョン",
        "「",
        "'",
        ":",
        "fixed in",
        "except",
        "vers:all/",
        "vers:deb/",
        "*",
        "x",
        "1e5",
        "deadbeef1234",
        "\t",
        "\x00",
        "ﾊﾞｰｼﾞｮﾝ",
        "２．０",
        "%41",
    ]
)


@given(
    st.one_of(
        st.text(max_size=300), st.lists(words, max_size=40).map(" ".join), st.lists(words, max_size=40).map("".join)
    )
)
@example("(" * 4_000)
@example("1.0 以上" * 900)
def test_nothing_is_raised_and_time_is_bounded(text):
    began = effort.begun()
    reading = read(text)
    covers(reading, text)
    covers(reading, "1.0")
    began.at_most(1)
    assert bool(reading.unread) == (reading.certainty is Certainty.UNREADABLE)
    if reading.certainty is Certainty.UNREADABLE:
        assert (reading.ranges, reading.models, reading.dates, reading.serials) == ((), (), (), ())
    assert all(isinstance(of, Range) for of in reading.ranges)


def test_no_expression_of_the_lexicon_matches_nothing():
    assert [phrase.name for phrase in lexicon.PHRASES if phrase.pattern.match("")] == []
