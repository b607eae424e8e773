"""Places of answers (`latitude longitude altitude accuracy; …`) in expressions, on a sphere of the earth's mean
radius."""

import math
from itertools import pairwise

from sonae.core.instruments.expressions.values import NAN, Nodes, Value, to_number, to_text

_RADIUS_METRES = 6_378_100.0


def _points(*values: Value) -> list[tuple[float, float]]:
    points = []
    for value in values:
        texts = [to_text(part) for part in value.values] if isinstance(value, Nodes) else [to_text(value)]
        for point in (piece for text in texts for piece in text.split(";") if piece.strip()):
            numbers = [number for part in point.split()[:2] if math.isfinite(number := to_number(part))]
            points.append((numbers[0], numbers[1]) if len(numbers) == 2 else (NAN, NAN))
    return [(math.radians(latitude), math.radians(longitude)) for latitude, longitude in points]


def distance(*values: Value) -> float:
    """The length of the way through all points, in metres."""
    return math.fsum(_between(one, other) for one, other in pairwise(_points(*values)))


def _between(one: tuple[float, float], other: tuple[float, float]) -> float:
    half_height, half_width = math.sin((other[0] - one[0]) / 2), math.sin((other[1] - one[1]) / 2)
    square = half_height**2 + math.cos(one[0]) * math.cos(other[0]) * half_width**2
    return 2 * _RADIUS_METRES * math.asin(math.sqrt(square if math.isnan(square) else min(1.0, square)))


def area(*values: Value) -> float:
    """What the points enclose, in square metres; fewer than three enclose nothing."""
    points = _points(*values)
    if len(points) < 3:
        return 0.0
    around = math.fsum(
        (other[1] - one[1]) * (2 + math.sin(one[0]) + math.sin(other[0]))
        for one, other in pairwise([*points, points[0]])
    )
    return abs(around) * _RADIUS_METRES**2 / 2
