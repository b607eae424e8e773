"""The index of a sector says what the slow way says, from either side, and is never there by half."""

import random
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sonae_engine.exposure import reference, testing
from sonae_engine.exposure.aliases import Learnt, published
from sonae_engine.exposure.near import Vocabulary
from sonae_engine.exposure.scale import Exposed, Index, Stale, Statement, folder, judgements, write_ledger
from sonae_engine.exposure.scale.vocabulary import identifiers_in, identifiers_text
from sonae_engine.exposure.testing_products import CATALOGUE
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Identifiers, Match, Reason

CPE = Identifiers(cpes=("cpe:/o:fortinet:fortios:6",))
NEWER = Identifiers(cpes=("cpe:2.3:o:fortinet:fortios:7:*:*:*:*:*:*:*",), hashes=("a" * 64,))
NUMBER = Identifiers(model_numbers=("M8004A", "M8004A"))
WORDS = """FortiGate FortiOS 60F IntelliVue MP50 MP20-MP90 EC40 EC 40 FM20/FM30 Series SMA 100 210 Portal Portl
    ハートスタート 輸液ポンプ ポータル メドフュージョン Medfusion and vSphere ESXi (CIC) Server Pro Plus x HX2XXX
    HX2123 HeartStart Heart Start MiSeqDx MiSeq Dx シリーズルータ Application Express Ellipse MF750C MF755Cdw , Struts 2
    1.3.10 R04/08CPU R08CPU AT-AR40S AR40S EX2 EX2-3200 シリーズ リブレ Libre 3""".split()
MAKERS = (
    *("", "Fortinet", "フォーティネット", "Philips", "Phillips", "ABB", "n/a", "Acme", "Acmee Ltd", "富士通"),
    *("VMware", "イルミナ", "Illumina", "ICU Medical", "Canon"),
)
VERSIONS = ("", "1.0", "2.3.1", "7.0", "v6.0.3")
RANGES = (
    (),
    ("< 2.0",),
    (">= 2.0",),
    ("vers:all/*",),
    ("FortiOS 6.0.0 to 7.0",),
    ("2.3.1", "n/a"),
    ("2.0 より前のバージョン",),
    ("MP50",),
)

names = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
makers = st.sampled_from(MAKERS)
identified = st.sampled_from([Identifiers(), Identifiers(), CPE, NEWER, NUMBER])
components = st.lists(
    st.builds(Component, st.just(""), makers, names, names, st.sampled_from(VERSIONS), identified),
    min_size=1,
    max_size=12,
)
statements = st.lists(
    st.builds(Statement, st.just(""), st.sampled_from("ABC"), makers, names, identified, st.sampled_from(RANGES)),
    min_size=1, max_size=12,
)  # fmt: skip
decided = st.lists(st.builds(Learnt, makers, names, makers, names, st.booleans()), max_size=2)


def numbered(rows: Sequence[Component], first: str = "") -> list[tuple[int, Component]]:
    """The rows, each with a key, at three institutions."""
    return [
        (at % 3, Component(f"{first}{at}", one.maker, one.product, one.model, one.version, one.identifiers))
        for at, one in enumerate(rows)
    ]


def keyed(said: Sequence[Statement]) -> list[Statement]:
    """The statements, each with a key."""
    return [
        Statement(str(at), one.advisory, one.vendor, one.product, one.identifiers, one.versions)
        for at, one in enumerate(said)
    ]


def slow(
    rows: Sequence[tuple[int, Component]], said: Sequence[Statement], learnt: Sequence[Learnt] = ()
) -> set[tuple[int, Match]]:
    """What the reference says, with the institution of each component."""
    where = {component.key: institution for institution, component in rows}
    aliases = published().with_learnt(learnt)
    found = reference.matches([row for _, row in rows], [one.as_product() for one in said], aliases=aliases)
    return {(where[match.component], match) for match in found}


def counted(found: set[tuple[int, Match]], said: Sequence[Statement]) -> list[Exposed]:
    """The institutions of each advisory as a person would count them."""
    advisory = {one.key: one.advisory for one in said}
    certain: dict[tuple[str, int, str], bool] = {}
    for institution, match in found:
        key = (advisory[match.product], institution, match.component)
        sure = match.verdict.answer is Answer.SAME and match.covered is Covered.YES
        certain[key] = certain.get(key, False) or sure
    places = sorted({key[:2] for key in certain})
    of = {place: [sure for key, sure in certain.items() if key[:2] == place] for place in places}
    return [Exposed(*place, sum(of[place]), len(of[place]) - sum(of[place])) for place in places]


# An example takes a second: what fails is looked at as it is, and not shortened.
@settings(max_examples=15, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(components, components, statements, statements, decided)
def test_the_index_says_what_the_slow_way_says(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[Component], later_rows: list[Component], said: list[Statement], later_said: list[Statement],
    learnt: list[Learnt],
) -> None:  # fmt: skip
    place = tmp_path_factory.mktemp("sector")
    index = Index(place / "index", learnt=learnt)
    first, second = numbered(rows), [(1, row) for _, row in numbered(later_rows, "n")]
    known, newer = keyed(said), [Statement(f"n{at}", "B", *_rest(one)) for at, one in enumerate(later_said)]
    write_ledger(place / "first.parquet", first)
    write_ledger(place / "second.parquet", second)
    index.put_advisories(known)
    index.put_ledger(place / "first.parquet")
    assert set(index.matches("ABC")) == slow(first, known, learnt)
    # An advisory says something new, and one institution hands in another ledger: each replaces what was.
    index.put_advisories(newer)
    index.put_ledger(place / "second.parquet", institutions=[1])
    held = [row for row in first if row[0] != 1] + second
    told = [one for one in known if one.advisory != "B"] + newer
    expected = slow(held, told, learnt)
    found = list(index.matches("ABC"))
    assert len(found) == len(set(found))
    assert set(found) == expected
    at_two = list(index.matches_at([1, 2]))
    assert len(at_two) == len(set(at_two))
    assert set(at_two) == {row for row in expected if row[0] in (1, 2)}
    assert index.concerned("ABC") == counted(expected, told)


def _rest(one: Statement) -> tuple[str, str, Identifiers, tuple[str, ...]]:
    return one.vendor, one.product, one.identifiers, one.versions


@pytest.fixture(scope="module")
def ledger() -> list[tuple[int, Component]]:
    chance = random.Random(7)
    rows = testing.ledger(CATALOGUE, 400, seed=7)
    return [
        (at % 20, Component(row.key, row.maker, row.product, row.model, chance.choice(VERSIONS)))
        for at, row in enumerate(rows)
    ]


@pytest.fixture(scope="module")
def advisories() -> list[Statement]:
    chance = random.Random(8)
    return [
        Statement(str(at), f"a{at % 50}", entry.vendor, entry.product, versions=chance.choice(RANGES))
        for at, entry in enumerate(CATALOGUE)
    ]


@pytest.fixture(scope="module")
def sector(
    tmp_path_factory: pytest.TempPathFactory, ledger: list[tuple[int, Component]], advisories: list[Statement]
) -> Path:
    """The folder of an index, and its ledger beside it."""
    place = tmp_path_factory.mktemp("sector")
    write_ledger(place / "ledger.parquet", ledger)
    index = Index(place / "index")
    index.put_ledger(place / "ledger.parquet")
    index.put_advisories(advisories)
    return place


def test_a_ledger_of_real_products_is_matched_as_the_slow_way_does(
    sector: Path, ledger: list[tuple[int, Component]], advisories: list[Statement]
) -> None:
    expected = slow(ledger, advisories)
    index = Index(sector / "index")
    every = {one.advisory for one in advisories}
    assert len(expected) > 100
    assert set(index.matches(every)) == expected
    assert index.concerned(every) == counted(expected, advisories)


def test_everything_written_is_what_is_answered_one_by_one(sector: Path, advisories: list[Statement]) -> None:
    index = Index(sector / "index")
    count = index.write_exposures(sector / "exposures")
    rows = duckdb.read_parquet(f"{sector}/exposures/*.parquet")
    written = rows.project("advisory, institution, certain, uncertain").order("ALL").fetchall()
    assert [Exposed(*row) for row in written] == index.concerned({one.advisory for one in advisories})
    assert len(written) == count


def test_who_has_no_row_left_is_not_concerned(
    tmp_path: Path, ledger: list[tuple[int, Component]], advisories: list[Statement]
) -> None:
    index = Index(tmp_path / "index")
    write_ledger(tmp_path / "ledger.parquet", ledger)
    write_ledger(tmp_path / "none.parquet", [])
    index.put_ledger(tmp_path / "ledger.parquet")
    index.put_advisories(advisories)
    every = {one.advisory for one in advisories}
    before = {one.institution for one in index.concerned(every)}
    index.put_ledger(tmp_path / "none.parquet", institutions=[3, 4])
    assert {one.institution for one in index.concerned(every)} == before - {3, 4}


def test_names_that_are_known_are_not_judged_again(
    tmp_path: Path, ledger: list[tuple[int, Component]], advisories: list[Statement], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = Index(tmp_path / "index")
    write_ledger(tmp_path / "ledger.parquet", ledger)
    index.put_advisories(advisories)
    index.put_ledger(tmp_path / "ledger.parquet")
    asked: list[int] = []
    judge = judgements.judge_new
    monkeypatch.setattr(
        judgements, "judge_new", lambda share, *more: (asked.append(len(share)), judge(share, *more))[1]
    )
    same = [(institution, row) for institution, row in ledger if institution == 5]
    write_ledger(tmp_path / "changed.parquet", [*same, (5, Component("new", "Nobody", "Box 9000"))])
    index.put_ledger(tmp_path / "changed.parquet")
    assert asked == [1]


@pytest.mark.parametrize("when", ["while a part is written", "before it counts"])
def test_what_dies_in_the_middle_leaves_what_was(
    when: str,
    tmp_path: Path,
    ledger: list[tuple[int, Component]],
    advisories: list[Statement],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    index = Index(tmp_path / "index")
    write_ledger(tmp_path / "ledger.parquet", ledger)
    index.put_ledger(tmp_path / "ledger.parquet")
    index.put_advisories(advisories[:20])
    every = {one.advisory for one in advisories}
    before = index.concerned(every)
    assert before

    class Killed(BaseException):
        """Nothing catches it, as nothing catches a kill."""

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        if when == "before it counts":
            broken.setattr(folder.Folder, "_settle", die)
        else:
            broken.setattr(judgements, "judge_known", die)
        with pytest.raises(Killed):
            index.put_advisories(advisories)
    assert Index(tmp_path / "index").concerned(every) == before
    assert index.sweep() == 1
    index.put_advisories(advisories)
    assert len(index.concerned(every)) > len(before)


def test_small_parts_are_merged_and_say_the_same(
    tmp_path: Path, ledger: list[tuple[int, Component]], advisories: list[Statement]
) -> None:
    index = Index(tmp_path / "index")
    write_ledger(tmp_path / "ledger.parquet", ledger)
    index.put_ledger(tmp_path / "ledger.parquet")
    for at in range(6):
        # The same advisories again and again: only what they said last counts.
        index.put_advisories([Statement(f"{at}-{one.key}", f"a{at % 2}", *_rest(one)) for one in advisories[at::6]])
    before = index.concerned(["a0", "a1"])
    index.merge()
    assert len(list((tmp_path / "index").glob("part-*"))) > 2
    assert index.sweep() == 6
    assert len(list((tmp_path / "index").glob("part-*"))) == 2
    assert index.concerned(["a0", "a1"]) == before


def test_what_other_rules_judged_is_stale(sector: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "rules_digest", lambda: "of tomorrow")
    with pytest.raises(Stale):
        Index(sector / "index").concerned(["a1"])


def test_two_processes_judge_what_one_does(
    sector: Path,
    ledger: list[tuple[int, Component]],
    advisories: list[Statement],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sonae_engine.exposure.scale.intake._SHARE_FROM", 10)
    index = Index(tmp_path / "index", workers=2)
    index.put_advisories(advisories)
    index.put_ledger(sector / "ledger.parquet")
    every = {one.advisory for one in advisories}
    assert index.concerned(every) == Index(sector / "index").concerned(every)


def test_a_decision_holds_from_the_next_question_on(tmp_path: Path) -> None:
    write_ledger(tmp_path / "ledger.parquet", [(9, Component("c", "ローカル商会", "謎の箱"))])
    index = Index(tmp_path / "index")
    index.put_ledger(tmp_path / "ledger.parquet")
    index.put_advisories([Statement("s", "a", "Fortinet", "FortiOS")])
    assert index.concerned(["a"]) == []
    told = Index(tmp_path / "index", learnt=[Learnt("FORTINET", "Forti OS", "ローカル商会", "謎の箱", same=True)])
    [(institution, match)] = told.matches(["a"])
    assert (institution, match.verdict.reason) == (9, Reason.CONFIRMED)


@given(st.lists(st.text("abcdefモニタハートcgr", min_size=1, max_size=11), min_size=2, max_size=9))
def test_words_compared_one_by_one_are_those_of_the_vocabulary(known: list[str]) -> None:
    vocabulary, words = Vocabulary(), judgements.Words(known)
    for word in known:
        vocabulary.add(word)
    for word in known:
        assert words.near(word) == vocabulary.near(word)


@given(st.builds(Identifiers, *[st.lists(st.text(max_size=5), max_size=3).map(tuple)] * 4))
def test_identifiers_come_back_from_their_text(identifiers: Identifiers) -> None:
    assert identifiers_in(identifiers_text(identifiers)) == identifiers
