"""Many names against many names: what one process of several does with its share. Answers are written as lines."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import msgspec

from sonae_engine.exposure.aliases import Aliases, published
from sonae_engine.exposure.blocking import Blocks, Key
from sonae_engine.exposure.judging import judge_by_names
from sonae_engine.exposure.names import Subject, Thing, read_component, read_product
from sonae_engine.exposure.scale.vocabulary import coverage
from sonae_engine.exposure.spelling import compact, is_kana, nearly, sounds_like
from sonae_engine.exposure.vocabulary import Answer, Component, Covered, Product

type Wording = tuple[int, str, str, str]
type Named = tuple[int, str, str]
type Asked = tuple[int, tuple[str, ...], str, str]

_BETWEEN: Final = "\x1f"
_encode: Final = msgspec.json.Encoder().encode


def shared[T](work: Callable[..., None], shares: Sequence[Sequence[T]], files: Sequence[Path], *more: Any) -> None:
    """The work on each share, in a process of its own where there are several; each writes its file."""
    if len(shares) < 2:
        for share, file in zip(shares, files, strict=True):
            work(share, file, *more)
        return
    with ProcessPoolExecutor(len(shares), mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(work, share, file, *more) for share, file in zip(shares, files, strict=True)]:
            done.result()


def told(one: str, other: str) -> str:
    """Under what a decided pair knows one of its sides: the letters of both words alone."""
    return compact(one) + _BETWEEN + compact(other)


def digest(thing: Thing, aliases: Aliases) -> str:
    """The same for things that no advisory can tell apart."""
    reading = thing.reading
    asked = (
        *(sorted(thing.vendors), sorted(thing.told_by), thing.resold, thing.only_maker, sorted(thing.around)),
        sorted(thing.majors),
        thing.written,
        *(reading.words, sorted(reading.may), reading.slots, reading.codes, reading.series, reading.joined),
        [at for at, rule in enumerate(aliases.runs) if rule.boxes.search(thing.plain)],
    )
    return hashlib.blake2b(repr(asked).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def judge_new(share: Sequence[Wording], out: Path, subjects: Sequence[Named]) -> None:
    """Read wordings, and judge what they name against subjects; what reads alike is judged once, by its first wording.

    `out` gets what is not different. Beside it lie `.read`: of each wording a digest of all that judging asks of it,
    and under what a decision about it is found; `.keys` and `.words`: under what the things are found again.
    """
    aliases = published()
    blocks: Blocks[int] = Blocks(aliases)
    seen: set[str] = set()
    with out.with_suffix(".read").open("wb") as read, out.with_suffix(".keys").open("wb") as keys:
        for wording, maker, product, model in share:
            thing = read_component(Component("", maker, product, model), aliases)
            row = {"wording": wording, "digest": digest(thing, aliases), "typed": told(maker, f"{product} {model}")}
            row["first"] = row["digest"] not in seen
            read.write(_encode(row) + b"\n")
            if row["first"]:
                seen.add(str(row["digest"]))
                keys.writelines(
                    _encode({"key": key_text(key), "wording": wording}) + b"\n" for key in blocks.add(wording, thing)
                )
    with out.with_suffix(".words").open("wb") as words:
        for word, company in blocks.known():
            words.write(_encode({"word": word, "company": company}) + b"\n")
    _write_judged(out, subjects, blocks, aliases)


def judge_known(share: Sequence[Wording], out: Path, subjects: Sequence[Named]) -> None:
    """Things that are known, by one of their wordings, against new subjects."""
    aliases = published()
    blocks: Blocks[int] = Blocks(aliases)
    for number, maker, product, model in share:
        blocks.add(number, read_component(Component("", maker, product, model), aliases))
    _write_judged(out, subjects, blocks, aliases)


def _write_judged(out: Path, subjects: Sequence[Named], blocks: Blocks[int], aliases: Aliases) -> None:
    with out.open("wb") as lines:
        for row in _judged(subjects, blocks, aliases):
            lines.write(_encode(row) + b"\n")


def _judged(subjects: Sequence[Named], blocks: Blocks[int], aliases: Aliases) -> Iterator[dict[str, object]]:
    for subject, numbers in _alike(subjects, aliases):
        for number in sorted(blocks.candidates(subject)):
            answer, reason, confidence = judge_by_names(blocks.things[number], subject, aliases)
            if answer is Answer.DIFFERENT:
                continue
            found = {"thing": number, "answer": answer, "reason": reason, "confidence": confidence}
            for one in numbers:
                yield {"subject": one, **found}


def _alike(subjects: Iterable[Named], aliases: Aliases) -> Iterator[tuple[Subject, list[int]]]:
    """Subjects that read the same, once, with the numbers of all."""
    first: dict[tuple[object, ...], tuple[Subject, list[int]]] = {}
    for number, vendor, product in subjects:
        subject = read_product(Product("", vendor, product), aliases)
        core = (subject.vendors, subject.readings, subject.vague, subject.joined, subject.written)
        first.setdefault(core, (subject, []))[1].append(number)
    yield from first.values()


def key_text(key: Key) -> str:
    """A key as it is kept on the disk."""
    return _BETWEEN.join(key)


class Words:
    """Words that are compared one by one: for few questions, where a Vocabulary would take longer to build."""

    def __init__(self, words: Iterable[str]) -> None:
        self._by_letter: dict[str, list[str]] = defaultdict(list)
        for word in words:
            self._by_letter[word[:1]].append(word)
        known = [word for some in self._by_letter.values() for word in some if word]
        self._all = frozenset(known)
        self._kana = [word for word in known if is_kana(word)]
        self._latin = [word for word in known if word.isascii()]

    def holds(self, word: str) -> bool:
        """Whether this is one of the words."""
        return word in self._all

    def near(self, word: str) -> set[str]:
        """What Vocabulary.near answers."""
        found = {other for other in self._by_letter.get(word[:1], ()) if other == word or nearly(word, other)}
        if not word:
            return found
        if is_kana(word):
            return found | {other for other in self._latin if sounds_like(other, word)}
        if word.isascii():
            return found | {other for other in self._kana if sounds_like(word, other)}
        return found


def cover_share(share: Sequence[Asked], out: Path) -> None:
    """Which versions some texts hold; those that they leave out are not written."""
    with out.open("wb") as lines:
        for scope, versions, product, version in share:
            answer = _coverage(versions, product)(version)
            if answer is not Covered.NO:
                row = {"scope": scope, "version": version, "within": answer is Covered.YES}
                lines.write(_encode(row) + b"\n")


@lru_cache(maxsize=4_096)
def _coverage(versions: tuple[str, ...], product: str) -> Callable[[str], Covered]:
    return coverage(versions, product)
