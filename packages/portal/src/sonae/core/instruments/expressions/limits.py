from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What an expression may cost. The longest of the public forms we know has 1,300 characters and 90 nodes."""

    length: int = 8_192
    depth: int = 64
    nodes: int = 2_000
    # Nodes of repeats visited, pairs compared, steps of a pattern and letters read or made, in one evaluation.
    steps: int = 500_000
    # The same of all evaluations of one check, and of its questions in each row: about half a second.
    steps_in_all: int = 2_000_000


LIMITS = Limits()
