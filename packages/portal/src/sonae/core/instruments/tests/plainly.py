"""A second evaluator of expressions, slow and written another way: it reads characters, not tables, and keeps no tree.

It knows what the properties of `test_expressions` generate: numbers, texts, names, operators and a few functions. Its
rules are taken from XPath 1.0 §3 and §4, not from the code it judges.
"""

import math
import re
from fractions import Fraction


def evaluate(text, answers):
    value, rest = _either(_pieces(text), answers)
    assert not rest, rest
    return value


def _pieces(text):
    found = re.findall(r"\$\{\w+\}|'[^']*'|\d+(?:\.\d+)?|[a-z][a-z-]*|!=|<=|>=|[-+*=<>(),]", text)
    assert "".join(found) == "".join(text.split()) or "'" in text
    return found


def _either(pieces, answers):
    value, pieces = _both(pieces, answers)
    while pieces and pieces[0] == "or":
        other, pieces = _both(pieces[1:], answers)
        value = truth(value) or truth(other)
    return value, pieces


def _both(pieces, answers):
    value, pieces = _same(pieces, answers)
    while pieces and pieces[0] == "and":
        other, pieces = _same(pieces[1:], answers)
        value = truth(value) and truth(other)
    return value, pieces


def _same(pieces, answers):
    value, pieces = _ordered(pieces, answers)
    while pieces and pieces[0] in ("=", "!="):
        sign = pieces[0]
        other, pieces = _ordered(pieces[1:], answers)
        if type(value) is bool or type(other) is bool:
            alike = truth(value) == truth(other)
        elif type(value) is float or type(other) is float:
            alike = figure(value) == figure(other)
        else:
            alike = value == other
        value = alike if sign == "=" else not alike
    return value, pieces


def _ordered(pieces, answers):
    value, pieces = _added(pieces, answers)
    while pieces and pieces[0] in ("<", "<=", ">", ">="):
        sign = pieces[0]
        other, pieces = _added(pieces[1:], answers)
        one, two = figure(value), figure(other)
        value = {"<": one < two, "<=": one <= two, ">": one > two, ">=": one >= two}[sign]
    return value, pieces


def _added(pieces, answers):
    value, pieces = _times(pieces, answers)
    while pieces and pieces[0] in ("+", "-"):
        sign = pieces[0]
        other, pieces = _times(pieces[1:], answers)
        value = figure(value) + (figure(other) if sign == "+" else -figure(other))
    return value, pieces


def _times(pieces, answers):
    value, pieces = _signed(pieces, answers)
    while pieces and pieces[0] in ("*", "div", "mod"):
        sign = pieces[0]
        other, pieces = _signed(pieces[1:], answers)
        one, two = figure(value), figure(other)
        if sign == "*":
            value = one * two
        elif sign == "div":
            value = _quotient(one, two)
        else:
            value = _rest(one, two)
    return value, pieces


def _quotient(one, two):
    try:
        return one / two
    except ZeroDivisionError:
        if math.isnan(one) or one == 0:
            return math.nan
        return math.inf if math.copysign(1, one) == math.copysign(1, two) else -math.inf


def _rest(one, two):
    if two == 0 or math.isinf(one) or math.isnan(one) or math.isnan(two):
        return math.nan
    if math.isinf(two):
        return one
    # By fractions, which lose nothing: what is left after the division that cuts towards zero.
    times = int(Fraction(one) / Fraction(two))
    return math.copysign(float(abs(Fraction(one) - times * Fraction(two))), one)


def _signed(pieces, answers):
    if pieces[0] == "-":
        value, pieces = _signed(pieces[1:], answers)
        return -figure(value), pieces
    return _one(pieces, answers)


def _one(pieces, answers):
    first, rest = pieces[0], pieces[1:]
    if first == "(":
        value, rest = _either(rest, answers)
        assert rest[0] == ")"
        return value, rest[1:]
    if first[0] == "'":
        return first[1:-1], rest
    if first[0] == "$":
        return answers[first[2:-1]], rest
    if first[0].isdigit():
        return float(first), rest
    values, rest = [], rest[1:]
    while rest[0] != ")":
        value, rest = _either(rest, answers)
        values.append(value)
        if rest[0] == ",":
            rest = rest[1:]
    return _called(first, values), rest[1:]


def _called(name, values):
    return {
        "true": lambda: True,
        "false": lambda: False,
        "not": lambda value: not truth(value),
        "if": lambda condition, then, otherwise: then if truth(condition) else otherwise,
        "number": figure,
        "string-length": lambda value: float(len(words(value))),
        "concat": lambda *parts: "".join(words(part) for part in parts),
        "selected": lambda chosen, choice: words(choice).strip() in words(chosen).split(),
        "coalesce": lambda *parts: next((part for part in parts if part != "" and not is_no_number(part)), ""),
        "contains": lambda text, part: words(text).find(words(part)) >= 0,
    }[name](*values)


def is_no_number(value):
    return type(value) is float and math.isnan(value)


def truth(value):
    if type(value) is float:
        return not (math.isnan(value) or value == 0)
    return bool(value)


def figure(value):
    if type(value) is bool:
        return 1.0 if value else 0.0
    if type(value) is float:
        return value
    stripped = value.strip(" \t\r\n")
    digits = stripped.removeprefix("-")
    whole, _, part = digits.partition(".")
    if not (whole + part) or not set(whole + part) <= set("0123456789"):
        return math.nan
    return float(stripped)


def words(value):
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    if value == math.trunc(value):
        return f"{value:.0f}"
    # The shortest decimal that reads back as the same number.
    for places in range(1, 400):
        shown = f"{value:.{places}f}"
        if float(shown) == value:
            return shown
    raise AssertionError(value)
