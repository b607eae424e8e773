"""Writing the audit log from eight connections at once: how many verbs a second, and who waits for whom.

    ./sonae bench audit_chain [--quick] [--database sqlite|postgres|both]

A verb is a transaction that writes its entry and then works on for five milliseconds, as verbs do that lock rows and
impose duties after it. Beside it stands the bare entry, and what an entry pays that comes while another transaction has
a thousand of them open.
"""

import json
import statistics
import threading
import time
from collections.abc import Callable
from typing import Any

from tools import measuring

WRITERS = 8
SECONDS = 10.0
WORK_SECONDS = 0.005
OPEN_ENTRIES = 1_000
OPEN_SECONDS = 2.0
KEYS = ("entries_per_s", "verbs_per_s", "behind_a_long_one_ms", "left_waiting", "verify_entries_per_s")


def write_entry(number: int) -> None:
    from django.utils import timezone

    from sonae.core.audit import services as audit

    audit.record("bench.write", subject="bench", subject_id=number, by=None, now=timezone.now(), facts={"n": number})


def bare(number: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        write_entry(number)


def verb(number: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        write_entry(number)
        time.sleep(WORK_SECONDS)


def per_second(work: Callable[[int], None], *, seconds: float) -> float:
    """How often eight threads do this in a second, all together."""
    from django.db import connections

    counts = [0] * WRITERS
    start = threading.Barrier(WRITERS + 1)
    stop = threading.Event()

    def run(writer: int) -> None:
        try:
            work(writer)
            start.wait()
            while not stop.is_set():
                work(counts[writer])
                counts[writer] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[writer]) for writer in range(WRITERS)]
    for thread in threads:
        thread.start()
    start.wait()
    begin = time.perf_counter()
    time.sleep(seconds)
    stop.set()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.perf_counter() - begin)


def behind_a_long_one_ms(*, entries: int, seconds: float) -> float:
    """The longest that a bare entry took while another transaction held its thousand entries open for a while."""
    from django.db import connections, transaction

    written = threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                for number in range(entries):
                    write_entry(number)
                written.set()
                time.sleep(seconds)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    written.wait()
    taken = []
    for number in range(20):
        begin = time.perf_counter()
        bare(number)
        taken.append((time.perf_counter() - begin) * 1_000)
    holder.join()
    print(
        f"behind a transaction of {entries:,} entries: median {statistics.median(taken):.1f} ms, max {max(taken):.0f}"
    )
    return max(taken)


def measure(part: int) -> None:
    """The child: everything on one database."""
    import django

    django.setup()
    from sonae.core.audit import queries
    from sonae.core.audit import services as audit
    from sonae.core.audit.models import Entry
    from sonae.site import cli_server

    cli_server.migrate()
    figures: dict[str, Any] = {
        "entries_per_s": round(per_second(bare, seconds=SECONDS / part)),
        "verbs_per_s": round(per_second(verb, seconds=SECONDS / part)),
        "behind_a_long_one_ms": round(behind_a_long_one_ms(entries=OPEN_ENTRIES // part, seconds=OPEN_SECONDS), 1),
        # Whoever came while another was linking was linked by that other: nothing is left for the sweep.
        "left_waiting": queries.waiting().count,
    }
    count = Entry.objects.count()
    begin = time.perf_counter()
    assert audit.verify() == [], "the chain holds"
    figures["verify_entries_per_s"] = round(count / (time.perf_counter() - begin))
    print(f"{count:,} entries written by {WRITERS} writers; the chain holds")
    print(json.dumps(figures))


if __name__ == "__main__":
    measuring.run(__doc__, __file__, measure, tenth=5)
