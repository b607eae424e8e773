"""Two thousand collectors ask once each for what is new, through the real web server.

    ./sonae bench collector_poll [--quick] [--database sqlite|postgres|both]

Each has its own token and the ETag of its last answer, as after a quiet hour. They come as fast as eight of them at a
time are answered; the first poll of a collector, with indicators to fetch, is measured beside it.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

from tools import measuring

COLLECTORS = 2_000
INDICATORS = 500
AT_ONCE = 8
KEYS = ("poll_p95_ms", "poll_median_ms", "fetch_p95_ms")


def publish(count: int, *, by: Any) -> None:
    """So many indicators for the whole sector."""
    from uuid import uuid4

    from django.utils import timezone

    from sonae.core.institutions.vocabulary import Population
    from sonae.core.web.vocabulary import Tlp
    from sonae.prevention.sharing import services
    from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, SourceKind

    services.publish_indicators(
        [Candidate(IndicatorKind.SHA256, f"{number:064x}") for number in range(1, count + 1)],
        report_id=uuid4(), tlp=Tlp.GREEN, population=Population.SYNTHETIC, source=SourceKind.DISCLOSURE,
        by=by, now=timezone.now(),
    )  # fmt: skip


def enrol(count: int, *, by: Any) -> list[str]:
    """The tokens of so many collectors at one hospital."""
    from django.utils import timezone

    from sonae.prevention.detection import services

    now = timezone.now()
    place = next(iter(by.institution_ids))
    return [services.enrol_collector(f"{number}", institution_id=place, by=by, now=now)[1] for number in range(count)]


def poll(server: measuring.Server, asking: list[tuple[str, str]], *, expect: int) -> tuple[list[str], dict[str, float]]:
    """Everyone asks once; the ETags they were given, and the figures."""
    import httpx

    from sonae_wire import paths

    with httpx.Client(base_url=server.base_url, timeout=60, limits=httpx.Limits(max_connections=AT_ONCE)) as http:

        def ask(who: tuple[str, str]) -> tuple[str, float]:
            token, etag = who
            headers = {"Authorization": f"Bearer {token}"} | ({"If-None-Match": etag} if etag else {})
            begin = time.perf_counter()
            answer = http.get(paths.INDICATORS, headers=headers)
            taken = (time.perf_counter() - begin) * 1_000
            assert answer.status_code == expect, answer.text[:500]
            return answer.headers["ETag"], taken

        ask(asking[0])
        cpu, begin = server.cpu_seconds(), time.perf_counter()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(ask, asking))
        seconds = time.perf_counter() - begin
    times = measuring.Times(tuple(taken for _etag, taken in answers))
    return [etag for etag, _taken in answers], {
        "rate": len(asking) / seconds,
        "median": times.median,
        "p95": times.p95,
        "cpu": (server.cpu_seconds() - cpu) * 1_000 / len(asking),
    }


def measure(collectors: int, indicators: int) -> None:
    """The child: everything on one database."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.utils import timezone

    from sonae.site import cli_server
    from sonae.site.demo import people, stage, story

    logs = Path(settings.HOME) / "logs"
    cli_server.migrate()
    story.fill_register(None, 2_000, progress=lambda _done, _total: None)
    sector = story.choose_hospitals(None)
    # Whoever came before the tokens: nothing here is older than the people.
    now = timezone.now() - timedelta(seconds=1)
    cast = people.engage(sector.hospital_a, sector.hospital_b, now=now, tell=lambda _line: None)
    publish(indicators, by=cast["analyst"].viewer(timezone.now()))
    tokens = enrol(collectors, by=cast["manager B"].viewer(timezone.now()))
    connection.close()
    port = measuring.port()
    with stage.program("web", "sonae.site.cli", "serve", "--port", str(port), logs=logs) as process:
        server = measuring.Server(process.pid, f"http://localhost:{port}")
        stage.wait_for_portal(server.base_url, process, log=logs / "web.log")
        few = tokens[: max(20, collectors // 10)]
        _, fetch = poll(server, [(token, "") for token in few], expect=200)
        etags, _ = poll(server, [(token, "") for token in tokens[:1]], expect=200)
        _, quiet = poll(server, [(token, etags[0]) for token in tokens], expect=304)
        memory_mb = server.memory_mb()
    print(f"{collectors:,} collectors, {indicators:,} indicators, {AT_ONCE} at a time; web server: {memory_mb} MB\n")
    print(f"{'poll':<26}{'polls/s':>9}{'median ms':>11}{'p95 ms':>9}{'CPU ms':>9}")
    for name, found in ((f"first, {min(500, indicators)} indicators", fetch), ("nothing new (304)", quiet)):
        print(f"{name:<26}{found['rate']:>9.0f}{found['median']:>11.1f}{found['p95']:>9.1f}{found['cpu']:>9.2f}")
    print(f"\nat one poll a minute this server answers {quiet['rate'] * 60:,.0f} collectors")
    figures = {"poll_p95_ms": quiet["p95"], "poll_median_ms": quiet["median"], "fetch_p95_ms": fetch["p95"]}
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}))


def main() -> None:
    """Reads the arguments; prints a table for each database, and the figures as the last line."""
    asked = measuring.asked(__doc__)
    part = 10 if asked.quick else 1
    if asked.child:
        measure(COLLECTORS // part, INDICATORS // part)
        return
    names = measuring.DATABASES[asked.database]
    found = {name: measuring.on_database(name, __file__, quick=asked.quick) for name in names}
    measuring.report(found, keys=KEYS)


if __name__ == "__main__":
    sys.exit(main())
