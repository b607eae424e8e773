"""Instruments that the tests of this room ask and answer."""

from sonae.core.instruments.definition import (
    Bounds,
    CheckDates,
    Choice,
    ChoiceList,
    Instrument,
    Question,
    Section,
    Table,
    Words,
)
from sonae.core.instruments.plan import Plan, prepare
from sonae.core.instruments.vocabulary import AnswerKind, Respondent


def a_question(id_, kind=AnswerKind.TEXT, **facts):
    return Question(id=id_, name=facts.pop("name", id_), kind=kind, **facts)


def a_section(id_, *items, **facts):
    return Section(id=id_, name=facts.pop("name", id_), items=items, **facts)


def a_list(name, *values, **columns):
    choices = tuple(
        Choice(
            value=value,
            words=Words.of({"ja": f"{value}の"}),
            columns=tuple((key, each[at]) for key, each in columns.items()),
        )
        for at, value in enumerate(values)
    )
    return ChoiceList(name, choices)


def _columns_at(columns, at):
    return tuple((key, each[at]) for key, each in columns.items())


def an_instrument(*items, lists=(), **facts):
    facts = {"fiscal_year": 2026, "respondent": Respondent.FACILITY, **facts}
    return Instrument(id="test", edition="1", title=Words.of({"ja": "試験"}), items=items, choice_lists=lists, **facts)


def a_plan(*items, lists=(), **facts):
    made = prepare(an_instrument(*items, lists=lists, **facts))
    assert isinstance(made, Plan), made
    return made


def eighty_questions():
    """A survey of eighty questions with the rules that real ones have: a gate, skips, bounds, patterns, sums."""
    kinds = a_list("kinds", "vpn", "edr", "backup", "none")
    yes = a_list("yes", "yes", "no")
    items = []
    for block in range(10):
        gate = f"uses_{block}"
        items += [
            a_question(gate, AnswerKind.SINGLE, choices="yes", required="true()"),
            a_section(f"block_{block}", *_seven_questions(block), relevant=f"${{{gate}}} = 'yes'"),
        ]
    return an_instrument(*items, lists=(kinds, yes))


def _seven_questions(block):
    count, old = f"${{count_{block}}}", f"${{old_{block}}}"
    one_kind = "not(selected(., 'none') and count-selected(.) > 1)"
    up_to = Bounds(is_whole=True, least=0, most=100_000)
    return [
        a_question(f"kinds_{block}", AnswerKind.MULTIPLE, choices="kinds", required="true()", constraint=one_kind),
        a_question(f"count_{block}", AnswerKind.NUMBER, bounds=up_to, required="true()", constraint=". >= 0"),
        a_question(
            f"old_{block}", AnswerKind.NUMBER, bounds=up_to, constraint=f". <= {count}", relevant=f"{count} > 0"
        ),
        a_question(f"since_{block}", AnswerKind.DATE, constraint=". <= today()", required=f"{count} > 10"),
        a_question(f"postcode_{block}", constraint="regex(., '[0-9]{3}-[0-9]{4}')", required="true()"),
        a_question(f"why_{block}", relevant=f"selected(${{kinds_{block}}}, 'none')", required="true()"),
        a_question(
            f"share_{block}",
            AnswerKind.CALCULATE,
            calculation=f"if({count} > 0, round(100 * {old} div {count}, 1), 0)",
        ),
    ]


def eighty_answers():
    answers = {}
    for block in range(10):
        answers |= {
            f"uses_{block}": "yes", f"kinds_{block}": ["vpn", "edr"], f"count_{block}": 120, f"old_{block}": 7,
            f"since_{block}": "2026-04-01", f"postcode_{block}": "100-0001",
        }  # fmt: skip
    return answers


def a_checklist():
    """Two rows of the checklist, with check dates and target dates, behind the gate question."""
    rows = [
        a_question("manager", AnswerKind.YES_NO, dates=CheckDates(), required="true()", may_be_out_of_scope=True),
        a_question("ledger", AnswerKind.YES_NO, dates=CheckDates(rounds=2), required="true()"),
    ]
    return a_plan(
        a_question("gate", AnswerKind.YES_NO, required="true()"),
        a_section("rows", *rows, relevant="${gate} = 'yes'"),
    )


def a_table(**facts):
    columns = (a_question("maker", required="true()"), a_question("units", AnswerKind.NUMBER, bounds=Bounds(least=1)))
    return a_question("devices", AnswerKind.TABLE, table=Table(columns=columns, **facts))
