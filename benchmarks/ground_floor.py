"""Everybody's home page over the full register and 100,000 duties, the import of the register, and the whole loop.

    ./sonae bench ground_floor [--quick] [--database sqlite|postgres|both]

The pages come from the real web server (one process) over loopback, one request after the other. Beside them stands a
page rendered by the same server from facts that were read before: what is left when no question is asked.
"""

import contextlib
import csv
import functools
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from tools import measuring

REGISTER = (
    Path(__file__).resolve().parent.parent.parent / "shared/data/japan/mhlw/01-1_hospital_facility_info_20251201.zip"
)
INSTITUTIONS = 7_640
DUTIES = 100_000
REQUESTS = 60
WARM_UP = 5
KEYS = ("home_p95_ms", "home_queries", "register_import_s", "report_to_sighting_s")
SIGN_IN = "allauth.account.auth_backends.AuthenticationBackend"


def a_register(folder: Path, size: int) -> tuple[Path, str]:
    """A file to import and what it is: the ministry's list where it lies beside the clone, else a made-up one."""
    if REGISTER.is_file() and size == INSTITUTIONS:
        return REGISTER, "the ministry's list"
    from sonae.core.institutions import register_file as columns
    from sonae.core.institutions.services import sector

    names = [columns.ID, columns.NAME, columns.KIND, columns.PREFECTURE, columns.MUNICIPALITY, columns.ADDRESS]
    # Hospitals only, as in the ministry's list: of a whole sector they are the first rows.
    rows = itertools.islice(sector.synthetic_sector(min(180_000, size * 23), seed=1), size)
    path = folder / "register_20251201.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow([*names, columns.BED_COLUMNS["general"], columns.TOTAL])
        for row in rows:
            place = [row.prefecture, row.municipality[2:], row.address]
            out.writerow([f"M{row.line}", row.name, "1", *place, row.beds.total, row.beds.total])
    return path, "a made-up list"


def impose_duties(count: int, *, institutions: int, officer: Any) -> int:
    """Bulletins that every institution has to acknowledge, half of them long ago; returns how many duties stand."""
    from django.utils import timezone

    from sonae.core.bulletins import services as bulletins
    from sonae.core.bulletins.vocabulary import Audience
    from sonae.core.duties.models import Duty
    from sonae.core.web.vocabulary import Tlp

    now = timezone.now()
    for number in range(-(-count // institutions)):
        then = now - timedelta(days=50 if number % 2 else 2)
        bulletin = bulletins.issue(
            f"お知らせ{number}", f"Notice {number}", "本文", "Body", tlp=Tlp.GREEN, audience=Audience.everyone(),
            by=officer, now=then, key=f"bench-{number}", acknowledge_by=then + timedelta(days=14), source="bench",
        )  # fmt: skip
        while bulletins.tell_some(bulletin.pk, now=then):
            pass
    return Duty.objects.count()


def settle() -> None:
    """Does at once what autovacuum of PostgreSQL does within a minute of so many new rows; SQLite has no such thing."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")


def count_queries(cast: Any) -> dict[str, int]:
    """How many questions each person's home page asks the database, sign-in and session included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from sonae.testing.cast import show_second_factor

    found = {}
    for part, person in cast.people.items():
        browser = Client(headers={"host": "localhost"})
        browser.force_login(person.account, backend=SIGN_IN)
        show_second_factor(browser, person.account)
        browser.get("/")
        with CaptureQueriesContext(connection) as asked:
            assert browser.get("/").status_code == 200, f"the home page of {part}"
        found[part] = len(asked)
    return found


def time_pages(server: measuring.Server, cookies: dict[str, str], requests: int) -> tuple[measuring.Times, float]:
    """Times of so many requests for `/`, and the milliseconds of computing that one cost the server."""
    import httpx

    taken = []
    with httpx.Client(base_url=server.base_url, cookies=cookies, timeout=30) as browser:
        for _ in range(WARM_UP):
            assert browser.get("/").status_code == 200
        cpu = server.cpu_seconds()
        for _ in range(requests):
            begin = time.perf_counter()
            answer = browser.get("/")
            taken.append((time.perf_counter() - begin) * 1_000)
            assert answer.status_code == 200
    return measuring.Times(tuple(taken)), (server.cpu_seconds() - cpu) * 1_000 / requests


def session_of(account: Any) -> dict[str, str]:
    from django.test import Client

    from sonae.testing.cast import show_second_factor

    browser = Client()
    browser.force_login(account, backend=SIGN_IN)
    show_second_factor(browser, account)
    return {"sessionid": browser.cookies["sessionid"].value}


@functools.cache
def floor_page() -> Any:
    """What a page costs that knows everything already: the officer's facts as they were when this server started."""
    import django

    django.setup()
    from django.utils import timezone

    from sonae.core.access import queries as access
    from sonae.core.accounts.models import Account
    from sonae.site.pages.home import queries

    account = Account.objects.get(email="officer@demo.example")
    viewer = access.viewer_of(account.pk, now=timezone.now())
    return account, viewer, queries.home_of(viewer, now=timezone.now())


def floor(environ: dict[str, Any], start_response: Any) -> Any:
    """A WSGI program: the same template from those facts, with no session, no gate and no question."""
    account, viewer, home = floor_page()
    from django.core.handlers.wsgi import WSGIRequest
    from django.shortcuts import render
    from django.utils import timezone, translation

    from sonae.kernel.decision import ALLOWED

    request = WSGIRequest(environ)
    request.user, request.viewer, request.now, request.session = account, viewer, timezone.now(), {}
    translation.activate("ja")
    answer = render(request, "site/home/home.html", {"home": home, "report": ALLOWED})
    start_response("200 OK", list(answer.items()))
    return [answer.content]


@contextlib.contextmanager
def serving(logs: Path, port: int, *command: str) -> Iterator[measuring.Server]:
    from sonae.site.demo import stage

    base_url = f"http://localhost:{port}"
    with stage.program("web", *command, logs=logs) as process:
        stage.wait_for_portal(base_url, process, log=logs / "web.log")
        yield measuring.Server(process.pid, base_url)


def tell_the_story(sector: Any, cast: Any, server: measuring.Server, home: Path, logs: Path) -> float:
    """The demonstration's story on this database; returns the seconds from the report to the sighting."""
    from django.utils import timezone

    from sonae.site.demo import stage, story, telemetry

    files, token = home / "telemetry", home / "collector.token"
    telemetry.replay(telemetry.bundled(), files, now=timezone.now())
    story.enrol_collector(sector, cast, token_file=token)
    collect = ["--portal", server.base_url, "--token-file", str(token), "--eve", str(files)]
    collect += ["--state", str(home / "collector"), "--interval", "1"]
    with (
        stage.program("worker", "sonae.site.cli", "worker", logs=logs),
        stage.program("collector", "sonae_collector", "run", *collect, logs=logs),
    ):
        _wait_for_collector(sector)
        begin = time.monotonic()
        incident = story.report(sector, cast, files, lambda _line: None)
        story.disclose(sector, incident, cast, lambda _line: None)
        story.wait_for_sighting(sector)
        return time.monotonic() - begin


def _wait_for_collector(sector: Any) -> None:
    from sonae.prevention.detection.models import Collector

    until = time.monotonic() + 60
    while not Collector.objects.filter(institution=sector.hospital_b, last_heard_at__isnull=False).exists():
        assert time.monotonic() < until, "the collector does not speak"
        time.sleep(0.1)


def time_floor(logs: Path, requests: int) -> tuple[measuring.Times, float]:
    """The same template with nothing asked of any database: what no home page can be faster than."""
    os.environ["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
    command = ["granian", "--interface", "wsgi", "--blocking-threads", "4", "--port", str(measuring.port())]
    with serving(logs, measuring.port(), *command, "ground_floor:floor") as server:
        return time_pages(server, {}, requests)


def print_pages(pages: dict[str, tuple[measuring.Times, float]], queries: dict[str, int]) -> None:
    """The table of what was timed."""
    print(f"{'home page of':<18}{'median ms':>11}{'p95 ms':>9}{'CPU ms':>9}{'queries':>9}")
    for part, (times, cpu) in pages.items():
        print(f"{part:<18}{times.median:>11.1f}{times.p95:>9.1f}{cpu:>9.1f}{queries.get(part, 0):>9}")


def measure(size: int, duties: int, requests: int) -> None:
    """The child: everything on one database."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connection
    from django.utils import timezone

    from sonae.site import cli_server
    from sonae.site.demo import people, story

    home = Path(settings.HOME)
    logs = home / "logs"
    cli_server.migrate()
    file, kind = a_register(home, size)
    begin = time.monotonic()
    run = story.fill_register(file, size, progress=lambda _done, _total: None)
    import_s = time.monotonic() - begin
    sector = story.choose_hospitals(run)
    cast = people.engage(sector.hospital_a, sector.hospital_b, now=timezone.now(), tell=lambda _line: None)
    begin = time.monotonic()
    imposed = impose_duties(duties, institutions=sector.size, officer=cast["officer"].viewer(timezone.now()))
    impose_s = time.monotonic() - begin
    settle()
    queries = count_queries(cast)
    sessions = {part: session_of(person.account) for part, person in cast.people.items()}
    connection.close()
    pages = {}
    with serving(logs, measuring.port(), "sonae.site.cli", "serve", "--port", str(measuring.port())) as server:
        for part, cookies in sessions.items():
            pages[part] = time_pages(server, cookies, requests)
        memory_mb = server.memory_mb()
        sighting_s = tell_the_story(sector, cast, server, home, logs)
    connection.close()
    bare, bare_cpu = time_floor(logs, requests)
    print(f"register: {kind}, {sector.size:,} institutions imported in {import_s:.1f} s")
    print(f"duties: {imposed:,}, imposed in {impose_s:.1f} s; {requests} requests each\n")
    print_pages(pages | {"(nothing asked)": (bare, bare_cpu)}, queries)
    ratio = pages["officer"][0].median / bare.median
    print(f"\nthe officer's page takes {ratio:.2f} times what its bare template takes")
    print(f"from report to sighting: {sighting_s:.2f} s; web server: {memory_mb} MB")
    figures = {
        "home_p95_ms": round(max(times.p95 for times, _cpu in pages.values()), 1),
        "home_queries": max(queries.values()),
        "register_import_s": round(import_s, 2),
        "report_to_sighting_s": round(sighting_s, 2),
    }
    print(json.dumps(figures))


def main() -> None:
    """Reads the arguments; prints a table for each database, and the figures as the last line."""
    asked = measuring.asked(__doc__)
    part = 10 if asked.quick else 1
    if asked.child:
        measure(INSTITUTIONS // part, DUTIES // part, REQUESTS // (3 if asked.quick else 1))
        return
    names = measuring.DATABASES[asked.database]
    found = {name: measuring.on_database(name, __file__, quick=asked.quick) for name in names}
    measuring.report(found, keys=KEYS)


if __name__ == "__main__":
    sys.exit(main())
