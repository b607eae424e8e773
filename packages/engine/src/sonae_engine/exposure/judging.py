"""The question about one pair: is the thing on the ledger what the advisory names? Pure, and the same on every path."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from sonae_engine.exposure.aliases import Aliases, learnt_key
from sonae_engine.exposure.identifiers import compare_identifiers
from sonae_engine.exposure.models import Unit, is_long_code, same_unit
from sonae_engine.exposure.names import Reading, Subject, Thing, same_company
from sonae_engine.exposure.spelling import is_kana, nearly, nearly_any, sounds_like
from sonae_engine.exposure.vocabulary import Answer, Ask, Change, Component, Product, Question, Reason, Verdict

_KNOWN, _TOLD, _UNSAID, _STRANGER, _OTHER = "known", "told", "unsaid", "stranger", "other"

_ASKS: Final = {
    Reason.MODEL_NOT_WRITTEN: (Ask.IS_IT_THIS_MODEL, Change.MODEL),
    Reason.NAME_TOO_SHORT: (Ask.IS_IT_THIS_PRODUCT, Change.PRODUCT),
    Reason.MORE_WORDS: (Ask.IS_IT_THIS_PRODUCT, Change.PRODUCT),
    Reason.ONLY_THE_MAKER: (Ask.IS_IT_THIS_PRODUCT, Change.PRODUCT),
    Reason.SEVERAL_BEAR_THE_NAME: (Ask.IS_IT_THIS_PRODUCT, Change.PRODUCT),
    Reason.MAKER_NOT_KNOWN: (Ask.IS_IT_BY_THIS_MAKER, Change.MAKER),
    Reason.PRODUCT_NOT_NAMED: (Ask.HAS_THE_PUBLISHER_NAMED_IT, Change.PUBLISHER_NAMES_PRODUCTS),
}
_SURE: Final = {
    Reason.SAME_NAME: 0.97,
    Reason.SAME_FAMILY: 0.93,
    Reason.RUNS_SYSTEM: 0.93,
    Reason.SAME_MODEL: 0.9,
    Reason.NEARLY_SPELT: 0.85,
}
_ORDER: Final = {Answer.DIFFERENT: 0, Answer.UNCLEAR: 1, Answer.SAME: 2}

_WHOLE: Final = (Answer.SAME, Reason.SAME_NAME)

type _Found = tuple[Answer, Reason]


def judge(component: Component, thing: Thing, product: Product, subject: Subject, aliases: Aliases) -> Verdict:
    """The verdict about one pair: what was decided before, then identifiers, then the names."""
    typed = f"{component.product} {component.model}".strip()
    compared = (f"{component.maker} {typed}".strip(), subject.text)
    told = aliases.learnt.get(learnt_key(product.vendor, product.product, component.maker, typed))
    if told is not None:
        return Verdict(Answer.SAME if told else Answer.DIFFERENT, Reason.CONFIRMED, 1.0, compared)
    if (named := compare_identifiers(component.identifiers, product.identifiers)) is not None:
        return Verdict(Answer.SAME, named.reason, 1.0, named.compared, (Change.VERSION,))
    answer, reason, confidence = judge_by_names(thing, subject, aliases)
    if answer is Answer.SAME:
        return Verdict(answer, reason, confidence, compared, (Change.IDENTIFIER, Change.VERSION))
    if answer is Answer.DIFFERENT:
        return Verdict(answer, reason, confidence, compared, (Change.IDENTIFIER,))
    ask, change = _ASKS[reason]
    return Verdict(answer, reason, confidence, compared, (change, Change.IDENTIFIER), Question(ask, *compared))


def judge_by_names(thing: Thing, subject: Subject, aliases: Aliases) -> tuple[Answer, Reason, float]:
    """The answer, its reason and confidence where neither an identifier nor an earlier decision says it."""
    tie = _tie(thing, subject, aliases)
    answer, reason = _by_name(thing, subject, tie, aliases)
    if answer is Answer.SAME:
        return answer, reason, round(_SURE[reason] - (0.0 if tie == _KNOWN else 0.07), 2)
    return answer, reason, 0.9 if answer is Answer.DIFFERENT else 0.5


def _tie(thing: Thing, subject: Subject, aliases: Aliases) -> str:
    return _tie_of((thing.vendors, thing.told_by, thing.resold), subject.vendors, aliases)


@lru_cache(maxsize=100_000)
def _tie_of(whose: tuple[frozenset[str], frozenset[str], bool], vendors: frozenset[str], aliases: Aliases) -> str:
    """What the companies have in common."""
    has, told_by, resold = whose
    theirs = frozenset(other for vendor in vendors for other in aliases.kin.get(vendor, (vendor,)))
    if has & theirs or any(same_company(one, two) for one in has for two in vendors):
        return _KNOWN
    if told_by & theirs:
        return _TOLD
    if not has or not vendors:
        return _UNSAID if not told_by or not vendors else _OTHER
    stranger = resold or all(vendor[0] == "~" for vendor in has)
    return _STRANGER if stranger and not told_by else _OTHER


def may_lack_maker(thing: Thing) -> bool:
    """Whether the ledger's maker leaves open whose product it is."""
    return not thing.vendors or thing.resold or all(vendor[0] == "~" for vendor in thing.vendors)


def _by_name(thing: Thing, subject: Subject, tie: str, aliases: Aliases) -> _Found:
    if tie == _OTHER:
        return Answer.DIFFERENT, Reason.OTHER_MAKER
    if subject.vague or not subject.readings:
        known = tie in (_KNOWN, _TOLD)
        return (Answer.UNCLEAR, Reason.PRODUCT_NOT_NAMED) if known else (Answer.DIFFERENT, Reason.OTHER_MAKER)
    if subject.joined == thing.reading.joined and subject.joined:
        return _WHOLE if tie in (_KNOWN, _TOLD) else _without_maker(_WHOLE, thing, subject, tie, aliases)
    found = [_compare(one, thing, subject.vendors, aliases) for one in subject.readings]
    best = max(found, key=lambda one: _ORDER[one[0]])
    if tie in (_KNOWN, _TOLD):
        return best
    return _without_maker(best, thing, subject, tie, aliases)


def _without_maker(best: _Found, thing: Thing, subject: Subject, tie: str, aliases: Aliases) -> _Found:
    """Without its maker only a whole and uncommon name is enough; beside a stranger it is a question."""
    whole = best[0] is Answer.SAME and best[1] is not Reason.NEARLY_SPELT
    if not whole:
        return Answer.DIFFERENT, Reason.OTHER_PRODUCT
    common = set(thing.reading.words) <= aliases.ordinary or len(thing.reading.joined) < 5
    # `express` in a bill of material is not `Application Express`, though the word application names no product.
    one_word = len(thing.reading.words) == 1 and not thing.units and thing.written != subject.written
    if tie == _STRANGER or common or one_word or best[1] is Reason.SAME_FAMILY:
        return Answer.UNCLEAR, Reason.MAKER_NOT_KNOWN
    return best


def _compare(asked: Reading, thing: Thing, vendors: frozenset[str], aliases: Aliases) -> _Found:
    """One reading of the advisory against the thing."""
    wanted = frozenset(asked.words)
    if any(rule.boxes.search(thing.plain) for rule in aliases.runs_of.get(wanted, ())):
        return Answer.SAME, Reason.RUNS_SYSTEM
    if not aliases.umbrella_words.isdisjoint(thing.reading.words):
        has = set(thing.reading.words)
        if any(one.name <= has and one.holds & wanted and not one.holds & has for one in aliases.umbrellas):
            return Answer.UNCLEAR, Reason.SEVERAL_BEAR_THE_NAME
    if asked.joined == thing.reading.joined and asked.joined:
        return Answer.SAME, Reason.SAME_NAME
    if thing.reading.empty:
        return Answer.UNCLEAR, Reason.ONLY_THE_MAKER
    return _by_words(asked, thing, vendors, aliases)


def _by_words(asked: Reading, thing: Thing, vendors: frozenset[str], aliases: Aliases) -> _Found:
    models = _models(asked, thing, vendors, aliases)
    if models == "other":
        return Answer.DIFFERENT, Reason.OTHER_MODEL
    met = {word: _meets(word, thing, aliases) for word in asked.words}
    missing = [word for word, how in met.items() if how is None]
    parted = _parted(asked, thing)
    more = [
        word
        for word in thing.reading.words
        if word not in parted and not (_asked_for(word, asked, aliases) or _idle(word, vendors, aliases))
    ]
    slips = any(how == "nearly" for how in met.values())
    if missing and (_heard_whole(missing, more) or _heard_whole(asked.words, thing.reading.words)):
        missing, more, slips = [], [], True
    if not aliases.makes_another.isdisjoint((*missing, *more)):
        return Answer.DIFFERENT, Reason.OTHER_PRODUCT
    if missing:
        return _with_missing(len(met) - len(missing), more, models, thing)
    return _with_all(asked, more, models, slips=slips)


def _with_all(asked: Reading, more: list[str], models: str, *, slips: bool) -> _Found:
    """Every word of the advisory is there."""
    if not asked.words and (models in ("none", "absent") or (models == "weak" and more)):
        return Answer.DIFFERENT, Reason.OTHER_PRODUCT
    if models in ("absent", "partly"):
        return (Answer.DIFFERENT, Reason.OTHER_PRODUCT) if more else (Answer.UNCLEAR, Reason.MODEL_NOT_WRITTEN)
    if models == "none" and more:
        return Answer.UNCLEAR, Reason.MORE_WORDS
    if slips:
        return Answer.SAME, Reason.NEARLY_SPELT
    return Answer.SAME, Reason.SAME_FAMILY if models == "none" else Reason.SAME_NAME


def _with_missing(found: int, more: list[str], models: str, thing: Thing) -> _Found:
    """Words of the advisory are not on the ledger."""
    if models == "strong":
        return Answer.SAME, Reason.SAME_MODEL
    if models == "weak":
        return (Answer.SAME, Reason.SAME_MODEL) if found and not more else (Answer.DIFFERENT, Reason.OTHER_PRODUCT)
    if thing.only_maker or not (thing.reading.words or thing.units or thing.reading.may):
        return Answer.UNCLEAR, Reason.ONLY_THE_MAKER
    if found and not more and (models != "none" or not thing.units):
        return Answer.UNCLEAR, Reason.NAME_TOO_SHORT
    return Answer.DIFFERENT, Reason.OTHER_PRODUCT


def _meets(word: str, thing: Thing, aliases: Aliases) -> str | None:
    if word in thing.reading.words or word in thing.around or word in thing.reading.may:
        return "exact"
    if any(_alike(word, other, aliases) for other in thing.reading.words):
        return "nearly"
    return None


def _asked_for(word: str, asked: Reading, aliases: Aliases) -> bool:
    """Whether a word on the ledger is one of the advisory's, or says nothing against it."""
    if word in aliases.editions or not (word.isascii() or is_kana(word)):
        return True
    if any(one.name == {word} and one.holds & set(asked.words) for one in aliases.umbrellas):
        return True
    words = (*asked.words, *asked.may)
    if word in words or any(unit.prefix == word for slot in asked.slots for unit in slot.units):
        return True
    return any(_alike(one, word, aliases) for one in words) or (len(word) > 5 and word in asked.joined)


def _idle(word: str, vendors: frozenset[str], aliases: Aliases) -> bool:
    """Whether a word that is asked for nowhere is the maker's name, or a kind of thing, with a slip."""
    if word in aliases.makes_another or word in aliases.brands:
        return False
    names = (name for vendor in vendors for name in aliases.names_of.get(vendor, ()))
    return any(nearly(word, name) for name in names) or nearly_any(word, aliases.kinds)


def _alike(one: str, other: str, aliases: Aliases) -> bool:
    """A slip or a word by ear; two brands are never slips of one another."""
    if one in aliases.brands and other in aliases.brands:
        return False
    return nearly(one, other) or _heard(one, other)


def _heard(one: str, other: str) -> bool:
    if one.isascii() and is_kana(other):
        return sounds_like(one, other)
    return other.isascii() and is_kana(one) and sounds_like(other, one)


def _parted(asked: Reading, thing: Thing) -> frozenset[str]:
    """Two words on the ledger that the advisory writes as one: `MiSeq Dx`."""
    whole = [word for word in asked.words if word in thing.around and word not in thing.reading.words]
    words = thing.reading.words
    pairs = ((one, two) for one in words for two in words if one + two in whole) if whole else ()
    return frozenset(word for pair in pairs for word in pair)


def _heard_whole(missing: Sequence[str], more: Sequence[str]) -> bool:
    """Whether what is missing is what there is more, written in katakana: words are parted otherwise there."""
    if not more or not all(map(is_kana, more)):
        return False
    latin = "".join(missing)
    return latin.isascii() and sounds_like(latin, "".join(more))


def _models(asked: Reading, thing: Thing, vendors: frozenset[str], aliases: Aliases) -> str:
    """How the model numbers stand: none asked, strong or weak (all there), partly, absent, or other ones."""
    if any(_unit_there(code, asked, thing, vendors, aliases) for code in asked.codes):
        return "strong"
    if any(map(is_long_code, asked.codes)) and any(map(is_long_code, thing.units)):
        return "other"
    if not asked.slots:
        return "none"
    if not thing.units:
        return _major(asked, thing)
    there = [[unit for unit in slot.units if _unit_there(unit, asked, thing, vendors, aliases)] for slot in asked.slots]
    if not there[0]:
        return "other"
    if not all(there):
        return "partly"
    return "strong" if any(_is_telling(unit, thing) for units in there for unit in units) else "weak"


def _major(asked: Reading, thing: Thing) -> str:
    """How a short number of the advisory stands to the version that was typed: `Struts 2` to `Struts 1.3.10`."""
    numbers = {unit.whole for slot in asked.slots for unit in slot.units}
    if not thing.majors or not all(number.isdigit() and len(number) <= 2 for number in numbers):
        return "absent"
    return "weak" if numbers & thing.majors else "other"


def _unit_there(unit: Unit, asked: Reading, thing: Thing, vendors: frozenset[str], aliases: Aliases) -> bool:
    around = thing.around | frozenset((*thing.reading.words, *asked.words))
    if any(same_unit(unit, has, around, series=asked.series) for has in thing.units):
        return True
    if asked.series and unit.whole in thing.around:
        return True
    models = [found for vendor in vendors if (found := aliases.series.get((vendor, unit.whole)))]
    if not models:
        return False
    numbers = {has.whole for has in thing.units} | {
        word + has.core for word in thing.reading.words for has in thing.units
    }
    return any(found & numbers for found in models)


def _is_telling(unit: Unit, thing: Thing) -> bool:
    """A number with letters, long enough that no other product of the maker has it by chance."""
    return bool(unit.prefix) and len(unit.whole) >= 4 and any(has.whole == unit.whole for has in thing.units)
