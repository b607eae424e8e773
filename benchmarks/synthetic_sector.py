"""Generating the largest synthetic sector: 180,000 institutions, as many as the country has. Time and memory.

    ./sonae bench synthetic_sector [--quick] [--database sqlite|postgres|both]

`--quick` generates a tenth. Beside it stands what the page of the register asks of that many rows.
"""

import json
import resource
import time
from collections.abc import Callable
from typing import Any

from tools import measuring

SEED = 1


def milliseconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return round((time.perf_counter() - begin) * 1_000, 1)


def peak_mib() -> int:
    """The most memory that this process ever held (Linux counts it in KiB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1_024


def measure(part: int) -> None:
    """The child: one sector on one database."""
    import django

    django.setup()
    from django.utils import timezone

    from sonae.core.institutions import queries, services
    from sonae.core.institutions.models import BedCount, Institution
    from sonae.core.institutions.services import sector
    from sonae.site import cli_server

    cli_server.migrate()
    size, before = sector.MOST_INSTITUTIONS // part, peak_mib()
    begin = time.perf_counter()
    made = services.generate_synthetic_sector(size, seed=SEED, now=timezone.now())
    seconds = time.perf_counter() - begin
    rows = Institution.objects.filter(is_synthetic=True)
    assert made == rows.count() == size, "every institution is there"
    assert BedCount.objects.count() == rows.exclude(licensed_beds=None).count(), "and its beds"
    figures: dict[str, Any] = {
        "institutions": made,
        "seconds": round(seconds, 1),
        "institutions_per_s": round(made / seconds),
        "peak_mib": peak_mib(),
        "grew_by_mib": peak_mib() - before,
        "search_ms": milliseconds(lambda: list(rows.matching("架空第17 病院")[:50])),
        "counts_by_place_ms": milliseconds(lambda: queries.counts_by_place(rows)),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    measuring.run(__doc__, __file__, measure, tenth=10)
