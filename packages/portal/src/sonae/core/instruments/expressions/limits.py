from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What an expression may cost. The longest of the public forms we know has 1,300 characters and 90 nodes."""

    length: int = 8_192
    depth: int = 64
    nodes: int = 2_000
    # Nodes of repeats visited, steps of a pattern and letters made, in one evaluation.
    steps: int = 200_000


LIMITS = Limits()
