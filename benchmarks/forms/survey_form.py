"""A survey of eighty questions with the rules that real ones have, in our words and in those of survey-core.

Ten blocks: a gate, and behind it kinds, two numbers of which one is bounded by the other, a date, a postcode, a reason
that is asked of some only, and a second choice. Answers are drawn for each institution from a seed.
"""

import random
from typing import Any

BLOCKS = 10
QUESTIONS = BLOCKS * 8
KINDS = ("vpn", "edr", "backup", "none")
LEVELS = ("all", "some", "planned", "none")


def instrument() -> Any:
    """The survey as an instrument."""
    from sonae.core.instruments.definition import Choice, ChoiceList, Instrument, Section, Words
    from sonae.core.instruments.vocabulary import Respondent

    def choices(name: str, *values: str) -> ChoiceList:
        return ChoiceList(name, tuple(Choice(value=one, words=Words.of({"ja": f"{one}の場合"})) for one in values))

    items = []
    for block in range(BLOCKS):
        gate, *rest = _questions(block)
        behind = f"${{uses_{block}}} = 'yes'"
        section = Section(
            id=f"block_{block}", name=f"block_{block}", words=_words(f"対策{block}"), relevant=behind, items=tuple(rest)
        )
        items += [gate, section]
    return Instrument(
        id="bench_survey", edition="1", title=Words.of({"ja": "八十問の調査", "en": "Eighty questions"}),
        respondent=Respondent.FACILITY, fiscal_year=2026, default_language="ja", items=tuple(items),
        choice_lists=(choices("kinds", *KINDS), choices("yes", "yes", "no"), choices("levels", *LEVELS)),
    )  # fmt: skip


def _words(text: str) -> Any:
    from sonae.core.instruments.definition import Words

    return Words.of({"ja": text})


def _questions(block: int) -> list[Any]:
    from sonae.core.instruments.definition import Bounds, Question
    from sonae.core.instruments.vocabulary import AnswerKind

    def question(stem: str, kind: AnswerKind, **facts: Any) -> Question:
        return Question(
            id=f"{stem}_{block}", name=f"{stem}_{block}", kind=kind, words=_words(f"設問{block} {stem}"), **facts
        )

    count = f"${{count_{block}}}"
    up_to = Bounds(is_whole=True, least=0, most=100_000)
    return [
        question("uses", AnswerKind.SINGLE, choices="yes", required="true()"),
        question(
            "kinds", AnswerKind.MULTIPLE, choices="kinds", required="true()",
            constraint="not(selected(., 'none') and count-selected(.) > 1)",
        ),
        question("count", AnswerKind.NUMBER, bounds=up_to, required="true()", constraint=". >= 0"),
        question("old", AnswerKind.NUMBER, bounds=up_to, constraint=f". <= {count}", relevant=f"{count} > 0"),
        question("since", AnswerKind.DATE, constraint=". <= today()", required=f"{count} > 10"),
        question("postcode", AnswerKind.TEXT, constraint="regex(., '[0-9]{3}-[0-9]{4}')", required="true()"),
        question(
            "why", AnswerKind.TEXT, relevant=f"selected(${{kinds_{block}}}, 'none')", required="true()"
        ),
        question("level", AnswerKind.SINGLE, choices="levels", required="true()"),
    ]  # fmt: skip


def in_survey_core() -> dict[str, Any]:
    """The same survey as survey-core reads it, with the same rules on the same answers."""
    pages = []
    for block in range(BLOCKS):
        count = f"{{count_{block}}}"
        whole = [{"type": "numeric", "minValue": 0, "maxValue": 100_000}]
        alone = f"!({{kinds_{block}}} contains 'none' and {{kinds_{block}.length}} > 1)"
        elements = [
            _element("checkbox", f"kinds_{block}", _rule(alone), choices=list(KINDS), isRequired=True),
            _element("text", f"count_{block}", *whole, inputType="number", isRequired=True),
            _element(
                "text", f"old_{block}", *whole, _rule(f"{{old_{block}}} <= {count}"), inputType="number",
                visibleIf=f"{count} > 0",
            ),
            _element(
                "text", f"since_{block}", _rule(f"{{since_{block}}} <= today()"), inputType="date",
                requiredIf=f"{count} > 10",
            ),
            _element("text", f"postcode_{block}", {"type": "regex", "regex": "^[0-9]{3}-[0-9]{4}$"}, isRequired=True),
            _element("text", f"why_{block}", isRequired=True, visibleIf=f"{{kinds_{block}}} contains 'none'"),
            _element("radiogroup", f"level_{block}", choices=list(LEVELS), isRequired=True),
        ]  # fmt: skip
        gate = {"type": "radiogroup", "name": f"uses_{block}", "choices": ["yes", "no"], "isRequired": True}
        panel = {
            "type": "panel",
            "name": f"block_{block}",
            "visibleIf": f"{{uses_{block}}} = 'yes'",
            "elements": elements,
        }
        pages.append({"name": f"page_{block}", "elements": [gate, panel]})
    return {"pages": pages}


def _element(kind: str, name: str, *validators: dict[str, Any], **facts: Any) -> dict[str, Any]:
    return {"type": kind, "name": name, "validators": list(validators), **facts}


def _rule(expression: str) -> dict[str, Any]:
    return {"type": "expression", "expression": expression}


def answers(seed: int) -> dict[str, object]:
    """What an institution answers: every rule holds, four of five blocks are behind an open gate."""
    chance = random.Random(seed)
    said: dict[str, object] = {}
    for block in range(BLOCKS):
        if chance.random() < 0.2:
            said[f"uses_{block}"] = "no"
            continue
        kinds = ["none"] if chance.random() < 0.1 else sorted(chance.sample(KINDS[:3], chance.randint(1, 3)))
        count = chance.randint(0, 400)
        said |= {
            f"uses_{block}": "yes", f"kinds_{block}": kinds, f"count_{block}": count, f"since_{block}": "2026-04-01",
            f"postcode_{block}": "100-0001", f"level_{block}": chance.choices(LEVELS, (5, 3, 2, 1))[0],
        }  # fmt: skip
        if count:
            said[f"old_{block}"] = count // 3
        if kinds == ["none"]:
            said[f"why_{block}"] = "予算の都合による"
    return said


def wrong(seed: int) -> dict[str, object]:
    """The same with one answer against its rule."""
    said = answers(seed)
    block = next(number for number in range(BLOCKS) if said[f"uses_{number}"] == "yes")
    return said | {f"postcode_{block}": "1000001"}
