"""Figures as they are kept: compact JSON, always written alike, so that equal figures have equal digests."""

import hashlib
import json
from collections.abc import Iterable, Sequence

from sonae.prevention.surveys.results.vocabulary import (
    Column,
    Counts,
    Cube,
    Difference,
    Layer,
    Margins,
    Shape,
    Stratum,
    WhyOtherwise,
)

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def written(value: object) -> str:
    """JSON without spaces, keys in order."""
    return _ENCODER.encode(value)


def strata_written(rows: Iterable[tuple[Stratum, int, int]]) -> str:
    """Strata with how many were asked in each and how many handed in."""
    return written([[one.band, one.prefecture, one.kind, asked, submitted] for one, asked, submitted in rows])


def strata_read(text: str) -> tuple[tuple[Stratum, int, int], ...]:
    return tuple((Stratum(*row[:3]), row[3], row[4]) for row in json.loads(text))


def counts_written(counts: Sequence[Counts]) -> str:
    return written(counts)


def cube_read(column: Column, text: str) -> Cube:
    return Cube(column, tuple(tuple(row) for row in json.loads(text)))


def margins_written(margins: Margins) -> str:
    return written([[*each, row] for each, row in margins.rows.items()])


def margins_read(column: Column, text: str) -> Margins:
    return Margins(column, {(row[0], row[1]): tuple(row[2]) for row in json.loads(text)})


def differences_written(found: Iterable[Difference]) -> str:
    return written(
        [[one.question, one.layer, *_place(one.where), one.figure, one.before, one.after, one.why] for one in found]
    )


def _place(where: Stratum) -> tuple[str, str, str]:
    return where.band, where.prefecture, where.kind


def differences_read(text: str) -> tuple[Difference, ...]:
    return tuple(
        Difference(row[0], Layer(row[1]), Stratum(*row[2:5]), row[5], row[6], row[7], WhyOtherwise(row[8]))
        for row in json.loads(text)
    )


def cube_written(cube: Cube) -> str:
    """A cube with its question: what the digest of the figures is taken of."""
    column = cube.column
    return written([column.question, column.shape, column.options, cube.counts])


def column_of(question: str, shape: str, options: Sequence[str]) -> Column:
    return Column(question, Shape(shape), tuple(options))


def digest_of(texts: Iterable[str]) -> str:
    """SHA-256 of texts one after the other, hexadecimal."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode())
        digest.update(b"\n")
    return digest.hexdigest()
