"""How much of a file is read before it is refused: a hostile file costs less than a second."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of reading; every figure is about what a sensor's file never reaches."""

    chunk_bytes: int = 1 << 20
    # Suricata cuts what it prints of a payload far below this.
    line_bytes: int = 4 << 20
    # EVE shrinks ten- to forty-fold; deflate can reach a thousand.
    ratio: int = 200
    ratio_from_bytes: int = 2 << 20
    expanded_bytes: int = 256 << 30
    zip_members: int = 1_000
    # Of a gzip file; beyond, each must bring more than it costs to begin it. A line of EVE has some hundred bytes.
    gzip_members: int = 1_000
    gzip_member_bytes: int = 512
    array_depth: int = 64
    leading_bad_lines: int = 10_000
    # How far the first letter of a file is looked for.
    sniffed_bytes: int = 1 << 16


LIMITS = Limits()
