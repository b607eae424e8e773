"""Whether something has an end that a person would wait for, on a machine of any speed and however busy it is.

How long it takes is measured in benchmarks/. A test only tells what comes to an end from what does not: something
that doubles with every character takes a thousand times too long, so several times the promised time is close enough.
"""

import time

_TURNS = 50_000
# What the loop below takes on the machine on which the limits of the tests were set (CPython 3.13, two quiet cores), in
# seconds.
_USUAL = 0.00443
# Neighbours on the same core and a cold cache have made the same work up to three times as long between two looks at
# the loop below: less than this decides no test.
_AMPLE = 5


class Begun:
    """CPU from here on.

    A second of CPU is less work where a machine is slow, or where other programs share its cores and caches. So the
    same loop is timed before and after: the limit of a test grows with it; what takes no end still takes too long.
    """

    def __init__(self) -> None:
        self._slower = slower()
        self._began = time.process_time()

    def at_most(self, seconds: float) -> None:
        """Fails where several times more was done since than the usual machine does in so many seconds."""
        took = time.process_time() - self._began
        times = _AMPLE * max(self._slower, slower())
        assert took < seconds * times, f"{took:.2f} s of CPU, where {seconds:g} s times {times:.2f} are allowed"


def begun() -> Begun:
    return Begun()


def slower() -> float:
    """How many times as long as usual this machine takes at the moment, never less than once."""
    began = time.process_time()
    total = 0
    for number in range(_TURNS):
        total += number * number % 7
    return max(1.0, (time.process_time() - began) / _USUAL)
