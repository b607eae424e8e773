"""Ranges in the notation of VERS (`vers:deb/>=1.2|<1.3|!=1.2.7`): signs and versions between bars, in rising order.

Source: the VERS specification (Ecma TC54). `vers:all/…`, as CISA writes it, is prose and read as such.
"""

import re
from urllib.parse import unquote

from sonae_engine.exposure.ranges import order, schemes
from sonae_engine.exposure.ranges.limits import Limits
from sonae_engine.exposure.ranges.tokens import Stopped, bare
from sonae_engine.exposure.ranges.vocabulary import Bound, Certainty, Fault, Range, Reading

_CONSTRAINT = re.compile(r"(>=|<=|!=|=|<|>)?\s?([^\s<>=!|]+)")


def read(constraints: str, *, scheme: str, limits: Limits) -> Reading:
    """What the part after the scheme says; raises `Stopped` where the notation is not kept to."""
    if len(constraints.split("|")) > limits.tokens:
        raise Stopped(constraints[:80], Fault.TOO_MANY_PARTS)
    found = [_constraint(part.strip(), limits) for part in constraints.split("|")]
    exact = [bound for sign, bound in found if sign in {"", "="}]
    excluded = [bound for sign, bound in found if sign == "!="]
    ends = [(sign, bound) for sign, bound in found if sign in {"<", "<=", ">", ">="}]
    ranges = _ranges(ends, scheme)
    if excluded and not ranges and not exact:
        ranges = [Range(None, None)]
    return Reading(
        "",
        Certainty.WHOLE,
        ranges=(*ranges, *(Range(bound, bound) for bound in exact)),
        excluded=tuple(Range(bound, bound) for bound in excluded),
    )


def _constraint(part: str, limits: Limits) -> tuple[str, Bound]:
    match = _CONSTRAINT.fullmatch(part)
    if match is None or len(part) > limits.version_length:
        raise Stopped(part, Fault.ORDER_UNKNOWN)
    sign, version = match[1] or "", bare(unquote(match[2]))
    return sign, Bound(version, inclusive=sign not in {"<", ">"})


def _ranges(ends: list[tuple[str, Bound]], scheme: str) -> list[Range]:
    ranges: list[Range] = []
    low: Bound | None = None
    for place, (sign, bound) in enumerate(ends):
        if sign in {">", ">="}:
            if low is not None:
                raise Stopped(f"{low.text} | {bound.text}", Fault.ENDS_CONTRADICT)
            low = bound
            continue
        if low is None and place > 0:
            raise Stopped(bound.text, Fault.ENDS_CONTRADICT)
        if low is not None and _compared(low.text, bound.text, scheme) == 1:
            raise Stopped(f"{low.text} | {bound.text}", Fault.REVERSED)
        ranges.append(Range(low, bound))
        low = None
    return ranges if low is None else [*ranges, Range(low, None)]


def _compared(left: str, right: str, scheme: str) -> int | None:
    if scheme in schemes.NAMED:
        return schemes.compared(left, right, scheme=scheme)
    return order.compared(left, right)
