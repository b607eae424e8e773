"""A national survey: 180,000 institutions and 80 questions, from the writers that hand in to the page with every table.

    ./sonae bench survey [--quick] [--database sqlite|postgres|both]

The page comes from the real web server over loopback. Two hundred writers hand in through the verbs, in two processes.
The re-check of a response runs beside survey-core under Node in the same run, and reading real forms beside pyxform;
where Node, its package or the forms are missing, this is said and the ratio is null.
"""

import dataclasses
import functools
import io
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import batched, starmap
from pathlib import Path
from typing import Any
from uuid import UUID

from forms import survey_form
from ground_floor import session_of, settle

from tools import measuring
from tools.pouring import pour

INSTITUTIONS = 180_000
WRITERS, PROCESSES = 200, 2
LANES = 4  # how many of its writers a process serves at a time
PLACES_OF_A_MANAGER = 20
EACH = 10  # how many responses a writer hands in
PAGES, QUICK_PAGES = 9, 5
SURVEY_CORE = "survey-core@3.1.1"
SHARED_FORMS = Path(__file__).resolve().parent.parent.parent / "shared/data/surveys/xlsform/pyxform-A.tar.gz"
EVERY_TABLE = ("every table", "inside a prefecture", "inside a kind")
KEYS = ("result_page_ms", "submissions_per_s", "lost", "validation_ms_per_response", "speedup_vs_survey_core")
ROUNDS, QUICK_ROUNDS = 40, 8
AFTER = "SONAE_BENCH_AFTER"  # the path of a file: once it is there, the other part of this benchmark has ended
LONGEST_WAIT_SECONDS = 240
MIGRATED = Path(__file__).resolve().parent.parent / ".pytest_cache/d/migrated"
DIFFERENT = 500  # how many different answers there are among those that were handed in before


# --- a sector that has answered ------------------------------------------------------------------------------------


def a_campaign(size: int, now: datetime) -> tuple[Any, Any]:
    """A register of made-up institutions, all of them asked; the campaign, and the officer who conducts it."""
    from sonae.core.accounts.vocabulary import Role
    from sonae.core.institutions import services as institutions
    from sonae.core.institutions.vocabulary import Population
    from sonae.core.instruments import services as instruments
    from sonae.core.instruments.xlsform import writer
    from sonae.prevention.surveys import services
    from sonae.prevention.surveys.testing import opened
    from sonae.prevention.surveys.vocabulary import CampaignContent, PopulationRule
    from sonae.testing.cast import a_person

    institutions.generate_synthetic_sector(size, seed=1, now=now - timedelta(days=400))
    officer = a_person(Role.MINISTRY_OFFICER, name="測定 太郎", now=now)
    by = officer_viewer(officer.account.pk, now)
    form = writer.write(survey_form.instrument())
    edition = instruments.publish(form, file_name="bench_survey.xlsx", by=by, now=now)
    content = CampaignContent(
        title_ja="測定用の調査", title_en="A survey to measure", edition_id=edition.pk, fiscal_year=2026,
        reference_on=now.date(), rule=PopulationRule(kinds=frozenset(), population=Population.SYNTHETIC),
        opens_at=now, closes_at=now + timedelta(days=30),
    )  # fmt: skip
    campaign = services.draft_campaign(content, by=by, now=now)
    return opened(campaign, by=by, now=now), officer


def officer_viewer(account: UUID, now: datetime) -> Any:
    from sonae.core.access import queries

    return queries.viewer_of(account, now=now)


def hand_in_for_all(campaign: Any, but: int, by: UUID, at: datetime) -> int:
    """What the institutions handed in, written straight into the tables; `but` of them are left to the writers."""
    from django.db import transaction
    from django.db.models import OuterRef, Subquery

    from sonae.core.instruments.models import Response, Submission, Turn
    from sonae.kernel.ids import new_id
    from sonae.prevention.surveys.models import AskedInstitution

    rows = list(AskedInstitution.objects.filter(campaign=campaign).order_by("pk").values_list("pk", "institution_id"))
    # Drawn beforehand: the draw costs more than the row that keeps it.
    drawn = [survey_form.answers(seed) for seed in range(DIFFERENT)]
    ids = [(new_id(), new_id()) for _ in rows[but:]]
    with transaction.atomic():
        given = {"occasion": campaign.occasion, "edition_id": campaign.edition_id, "state": "submitted"}
        given |= {"opened_at": at, "changed_at": at, "submitted_at": at, "submitted_by_id": by}
        found = zip(ids, rows[but:], strict=True)
        pour(Response, given, ({"id": one, "institution_id": institution} for (one, _), (_, institution) in found))
        handed = zip(ids, rows[but:], strict=True)
        pour(
            Submission,
            {"number": 1, "revision": 1, "calculated": [], "at": at, "by_id": by},
            ({"id": two, "response_id": one, "answers": drawn[pk % DIFFERENT]} for (one, two), (pk, _) in handed),
        )
        moved = ({"response_id": one, "submission_id": two} for one, two in ids)
        pour(Turn, {"state": "submitted", "at": at, "by_id": by, "revision": 1}, moved)
        theirs = Response.objects.filter(institution=OuterRef("institution"), occasion=campaign.occasion)
        AskedInstitution.objects.filter(campaign=campaign, response=None).update(response=Subquery(theirs.values("pk")))
    return len(rows) - but


# --- many who hand in at once --------------------------------------------------------------------------------------


def the_writers(campaign: Any, count: int, now: datetime) -> list[tuple[str, list[int]]]:
    """Whom each writer speaks for: the account of a manager, and institutions that have not answered."""
    from sonae.core.access import services as access
    from sonae.core.accounts.vocabulary import Role
    from sonae.prevention.surveys.models import AskedInstitution
    from sonae.testing.cast import a_person, at_institution

    rows = AskedInstitution.objects.filter(campaign=campaign).select_related("institution").order_by("pk")[:count]
    writers: list[tuple[str, list[int]]] = []
    each = count // WRITERS
    for some in batched(rows, PLACES_OF_A_MANAGER):
        first, *rest = (at_institution(one.institution) for one in some)
        person = a_person(Role.INSTITUTION_MANAGER, at=first, name="測定 花子", now=now)
        for place in rest:
            access.found(person.account.pk, Role.INSTITUTION_MANAGER, at=place, now=now)
        places = [one.institution_id for one in some]
        writers += [(str(person.account.pk), list(part)) for part in batched(places, each)]
    return writers


def write(campaign: UUID, writers: list[tuple[str, list[int]]], told: Any, barriers: list[Any]) -> None:
    """One process of writers, a thread for each. First all open and answer, then all submit; told of each, with its id
    and the seconds it took, others waiting too."""
    import django

    django.setup()
    from django.utils import timezone

    from sonae.core.instruments import services as instruments
    from sonae.prevention.surveys import services

    # The web server has as many threads, each with a connection that it keeps: the others wait in line.
    lanes = ThreadPoolExecutor(LANES)

    def answer(account: str, institution: int) -> tuple[UUID, int]:
        by = officer_viewer(UUID(account), timezone.now())
        response = services.begin_response(campaign, institution, by=by, now=timezone.now())
        said = survey_form.answers(institution)
        kept = instruments.save_answers(response.pk, said, seen=response.revision, by=by, now=timezone.now())
        return response.pk, kept.response.revision

    def submit(account: str, response: UUID, seen: int) -> None:
        by = officer_viewer(UUID(account), timezone.now())
        instruments.submit(response, seen=seen, by=by, now=timezone.now())

    def hand_in(account: str, institutions: list[int]) -> None:
        answered = []
        barriers[0].wait()
        for institution in institutions:
            began = time.perf_counter()
            answered.append(lanes.submit(answer, account, institution).result())
            told.put(("answered", str(answered[-1][0]), time.perf_counter() - began))
        barriers[1].wait()
        for response, seen in answered:
            began = time.perf_counter()
            lanes.submit(submit, account, response, seen).result()
            told.put(("submitted", str(response), time.perf_counter() - began))

    threads = [threading.Thread(target=hand_in, args=one) for one in writers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclasses.dataclass(frozen=True)
class Written:
    """What many writers did at once."""

    answered_per_s: float
    submitted_per_s: float
    median_s: float
    lost: int


def all_at_once(campaign: Any, writers: list[tuple[str, list[int]]]) -> Written:
    """All writers at the same time. Lost is what was accepted, or should have been, and is not there."""
    from django.db import connection

    from sonae.core.instruments.models import Submission

    connection.close()
    spawn = multiprocessing.get_context("spawn")
    told = spawn.Queue()
    barriers = [spawn.Barrier(len(writers) + 1) for _ in range(2)]
    share = -(-len(writers) // PROCESSES)
    children = [
        spawn.Process(target=write, args=(campaign.pk, list(some), told, barriers)) for some in batched(writers, share)
    ]
    for child in children:
        child.start()
    wanted = sum(len(institutions) for _, institutions in writers)
    seconds, heard = [], []
    for barrier in barriers:
        barrier.wait(timeout=300)
        began = time.monotonic()
        heard.append([told.get(timeout=120) for _ in range(wanted)])
        seconds.append(time.monotonic() - began)
    for child in children:
        child.join()
    there = set(
        map(str, Submission.objects.filter(response__occasion=campaign.occasion).values_list("response", flat=True))
    )
    lost = wanted - len({pk for _, pk, _ in heard[1]} & there)
    waited = statistics.median(taken for _, _, taken in heard[1])
    return Written(wanted / seconds[0], wanted / seconds[1], waited, lost)


# --- the page, and the counting ------------------------------------------------------------------------------------


def count(campaign: Any, by: Any, now: datetime) -> tuple[Any, float]:
    """The edition, published, and the seconds that counting took."""
    from sonae.prevention.surveys.results import services
    from sonae.prevention.surveys.results.vocabulary import ResultStage

    edition = services.begin_edition(
        campaign.pk, stage=ResultStage.PRELIMINARY, as_of=now - timedelta(minutes=2), by=by, now=now
    )
    began = time.perf_counter()
    services.carry_out(edition.pk, now=now)
    taken = time.perf_counter() - began
    edition.refresh_from_db()
    services.publish(edition.pk, by=by, now=now)
    return edition, taken


def count_again(edition: Any, by: Any) -> float:
    """Seconds that counting again took; the same must come of it."""
    from django.utils import timezone

    from sonae.prevention.surveys.results import recounts

    began = time.perf_counter()
    recount = recounts.begin_recount(edition.pk, by=by, now=timezone.now())
    recounts.carry_out(recount.pk, now=timezone.now())
    taken = time.perf_counter() - began
    recount.refresh_from_db()
    assert recount.comes_to_the_same, "the same comes of it"
    return taken


def pages_of(edition: Any, officer: Any, web: Any, logs: Path, *, often: int) -> dict[str, tuple[measuring.Times, int]]:
    """Times of the pages of a result from the web server that was started, and the bytes of each."""
    import httpx
    from django.db import connection

    from sonae.site.demo import stage

    cookies = session_of(officer.account)
    connection.close()
    found = {}
    base_url = f"http://localhost:{measuring.port()}"
    stage.wait_for_portal(base_url, web, log=logs / "web.log")
    addresses = {
        "every table": f"/surveys/results/{edition.pk}/?by=all",
        "inside a prefecture": f"/surveys/results/{edition.pk}/?within=prefecture:13&by=all",
        "inside a kind": f"/surveys/results/{edition.pk}/?within=kind:hospital&by=all",
        "by prefecture": f"/surveys/results/{edition.pk}/?by=prefecture",
        "by beds": f"/surveys/results/{edition.pk}/?by=band",
        "one question": f"/surveys/results/{edition.pk}/questions/2/",
        "for everybody": f"/surveys/results/{edition.pk}/public/?by=all",
    }
    with httpx.Client(base_url=base_url, cookies=cookies, timeout=60) as browser:
        for name, address in addresses.items():
            for _ in range(2):
                assert browser.get(address).status_code == 200, address
            taken = []
            for _ in range(often):
                began = time.perf_counter()
                answer = browser.get(address)
                taken.append(1_000 * (time.perf_counter() - began))
            found[name] = (measuring.Times(tuple(taken)), len(answer.content))
    return found


def queries_of(edition: Any, officer: Any) -> int:
    """How often the page with every table asks the database, session and person included."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    browser = Client(headers={"host": "localhost"})
    for name, value in session_of(officer.account).items():
        browser.cookies[name] = value
    address = f"/surveys/results/{edition.pk}/?by=all"
    assert browser.get(address).status_code == 200
    with CaptureQueriesContext(connection) as asked:
        browser.get(address)
    return len(asked)


# --- beside others -------------------------------------------------------------------------------------------------


def our_validation(rounds: int, responses: list[dict[str, object]]) -> tuple[float, list[bool]]:
    """Median milliseconds of the re-check of one response, and the verdicts."""
    from django.utils import timezone

    from sonae.core.instruments import checks
    from sonae.core.instruments.plan import Plan, prepare

    plan = prepare(survey_form.instrument())
    assert isinstance(plan, Plan), plan
    now, times = timezone.now(), []
    for _ in range(rounds):
        for one in responses:
            began = time.perf_counter()
            checks.check(plan, one, now=now)
            times.append(1_000 * (time.perf_counter() - began))
    return statistics.median(times), [checks.check(plan, one, now=now).is_sound for one in responses]


def their_validation(rounds: int, responses: list[dict[str, object]]) -> dict[str, Any] | str:
    """Milliseconds of survey-core under Node for the same form and responses; why not, where it cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "node or npm is not on this machine"
    with tempfile.TemporaryDirectory(prefix="sonae-survey-core-") as folder:
        quiet = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, SURVEY_CORE]
        try:
            subprocess.run(quiet, check=True, timeout=90, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return f"{SURVEY_CORE} could not be installed; is there a network?"
        given = Path(folder) / "given.json"
        given.write_text(
            json.dumps({"form": survey_form.in_survey_core(), "responses": responses, "rounds": rounds}), "utf-8"
        )
        script = str(Path(__file__).with_name("survey_core.mjs"))
        ran = subprocess.run(["node", script, str(given)], cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
        if ran.returncode:
            return "survey-core did not run under this version of node"
        found: dict[str, Any] = json.loads(ran.stdout)
        return found


def reading_forms() -> str:
    """How long real forms take to be read here and in pyxform, in one line."""
    if not SHARED_FORMS.is_file():
        return "reading real forms: none lie beside this clone"
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    from sonae.core.instruments.definition import Instrument
    from sonae.core.instruments.plan import prepare
    from sonae.core.instruments.xlsform import reader

    with tarfile.open(SHARED_FORMS) as archive:
        members = [one for one in archive.getmembers() if one.isfile()]
        forms = [(one.name, archive.extractfile(one).read()) for one in members]  # type: ignore[union-attr]

    def seconds(name: str, form: bytes) -> tuple[float, float] | None:
        """What it took here and there; None where either refuses the form, which is not compared."""
        began = time.perf_counter()
        found = reader.read(form, name=name)
        made = prepare(found) if isinstance(found, Instrument) else ()
        here = time.perf_counter() - began
        began = time.perf_counter()
        try:
            convert(io.BytesIO(form), validate=False, file_type=Path(name).suffix)
        except (PyXFormError, TypeError):  # it breaks off at a few of its own files
            return None
        return (here, time.perf_counter() - began) if made != () else None

    # What either prepares once in a process (here the grammar of expressions) belongs to no form.
    seconds(*max(forms, key=lambda one: len(one[1])))
    taken = [one for one in starmap(seconds, forms) if one is not None]
    if not taken:
        return "reading real forms: none was read by both"
    ours, theirs = (1_000 * sum(column) / len(taken) for column in zip(*taken, strict=True))
    return (
        f"reading {len(taken)} of {len(forms)} real forms (either refuses the others): {ours:.1f} ms each,"
        " expressions compiled;"
        f" pyxform {theirs:.1f} ms; {theirs / ours:.1f} times as fast"
    )


# --- the whole -----------------------------------------------------------------------------------------------------


def peak_mb(*, forget: bool = False) -> int:
    """The most memory this process held, since it was last told to forget the most that it held before."""
    if forget:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) // 1_024


def timed[T](work: functools.partial[T]) -> tuple[T, float]:
    began = time.perf_counter()
    return work(), time.perf_counter() - began


def bring_up() -> None:
    """The tables: a copy of those that the tests of this clone have migrated, where they did, on SQLite."""
    from django.core.management import call_command
    from django.db import connection

    from sonae.site import cli_server
    from sonae.testing.migrated import Migrated

    if connection.vendor == "sqlite" and MIGRATED.is_dir():
        Migrated(MIGRATED).copy_to(connection.settings_dict["NAME"])
        call_command("createcachetable", verbosity=0)
    else:
        cli_server.migrate()


def wait_for_the_other_part() -> None:
    """Waits until what runs beside the filling of the tables has ended: nothing is measured while it computes."""
    ended = os.environ.get(AFTER)
    until = time.monotonic() + LONGEST_WAIT_SECONDS
    while ended and not Path(ended).exists():
        assert time.monotonic() < until, "the comparison with others does not end"
        time.sleep(0.05)


def show(pages: dict[str, tuple[measuring.Times, int]], asked_often: int) -> None:
    print()
    print(f"{'page of the result':<20}{'median ms':>11}{'p95 ms':>9}{'KB':>9}")
    for name, (times, size_bytes) in pages.items():
        print(f"{name:<20}{times.median:>11.1f}{times.p95:>9.1f}{size_bytes / 1_024:>9.0f}")
    print(f"the page with every table asks the database {asked_often} times")


def measure(part: int) -> None:
    """The child: everything on one database."""
    import django

    django.setup()
    from django.conf import settings
    from django.utils import timezone

    from sonae.site.demo import stage

    settings.PASSWORD_HASHERS = ["sonae.testing.hashers.QuickArgon2Hasher"]
    bring_up()
    home, now = Path(settings.HOME), timezone.now()
    size, each = INSTITUTIONS // part, EACH // part
    (campaign, officer), asked_s = timed(functools.partial(a_campaign, size, now - timedelta(hours=1)))
    but = WRITERS * each
    handed_in, filled_s = timed(
        functools.partial(hand_in_for_all, campaign, but, officer.account.pk, now - timedelta(minutes=30))
    )
    writers = the_writers(campaign, but, now)
    settle()
    wait_for_the_other_part()
    written = all_at_once(campaign, writers)
    by = officer_viewer(officer.account.pk, timezone.now())
    before = peak_mb(forget=True)
    logs = home / "logs"
    # It comes up on the other core while this one counts.
    with stage.program("web", "sonae.site.cli", "serve", "--port", str(measuring.port()), logs=logs) as web:
        edition, counted_s = count(campaign, by, timezone.now())
        grew = peak_mb() - before
        asked_often = queries_of(edition, officer)
        pages = pages_of(edition, officer, web, logs, often=PAGES if part == 1 else QUICK_PAGES)
    print(f"{campaign.asked_count:,} institutions asked and frozen in {asked_s:.1f} s; {handed_in:,} answered before")
    print(f"(written straight into the tables in {filled_s:.1f} s); {survey_form.QUESTIONS} questions\n")
    print(f"{len(writers)} writers opened and answered {but:,} more, {written.answered_per_s:.0f} a second, and then")
    print(
        f"submitted them, {written.submitted_per_s:.0f} a second; {written.lost} lost; {written.median_s:.2f} s for one"
    )
    print(f"counted in {counted_s:.1f} s ({edition.submitted_count / counted_s:,.0f} a second);", end=" ")
    print(f"memory grew by {grew} MB")
    if part == 1:
        print(f"counted again in {count_again(edition, by):.1f} s, with the same figures")
    show(pages, asked_often)
    figures = {
        # The slowest of the pages with every table: of the nation, and inside a class.
        "result_page_ms": round(max(pages[name][0].median for name in EVERY_TABLE), 1),
        "submissions_per_s": round(written.submitted_per_s, 1),
        "lost": written.lost,
    }
    print(json.dumps(figures))


def beside(rounds: int) -> dict[str, float | None]:
    """The re-check beside survey-core, and reading forms beside pyxform; once, whatever the database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "sonae.site.settings")
    django.setup()
    sound, wrong = (20, 5) if rounds > QUICK_ROUNDS else (6, 2)
    responses = [survey_form.answers(seed) for seed in range(sound)]
    responses += [survey_form.wrong(seed) for seed in range(wrong)]
    ours, verdicts = our_validation(rounds, responses)
    # They take a hundred times as long: fewer rounds do.
    theirs = their_validation(max(1, rounds // 8), responses)
    print(f"\nre-check of a response to {survey_form.QUESTIONS} questions: {ours:.2f} ms (median)")
    ratio = None
    if isinstance(theirs, str):
        print(f"survey-core: {theirs}")
    else:
        assert theirs["verdicts"] == verdicts, "both say the same of every response"
        print(f"{SURVEY_CORE}, same verdicts: {theirs['reused']:.2f} ms with one model kept, {theirs['anew']:.2f} ms")
        print("with a model made for each response; the ratio is that of the model kept")
        ratio = round(theirs["reused"] / ours, 1)
    print(reading_forms())
    return {"validation_ms_per_response": round(ours, 3), "speedup_vs_survey_core": ratio}


def at_once(names: list[str]) -> tuple[dict[str, Any], dict[str, float | None]]:
    """The figures of each database, and those beside others, which are taken while the first one is being filled."""
    with tempfile.TemporaryDirectory(prefix="sonae-bench-") as folder, ThreadPoolExecutor(1) as pool:
        ended = Path(folder, "ended")
        os.environ[AFTER] = str(ended)
        found = pool.submit(lambda: {name: measuring.on_database(name, __file__, quick=True) for name in names})
        try:
            compared = beside(QUICK_ROUNDS)
        finally:
            ended.touch()
        return found.result(), compared


def main() -> None:
    """Reads the arguments; prints a table for each database, and the figures as the last line."""
    asked = measuring.asked(__doc__)
    if asked.child:
        measure(10 if asked.quick else 1)
        return
    names = measuring.DATABASES[asked.database]
    if asked.quick:
        found, compared = at_once(names)
    else:
        found = {name: measuring.on_database(name, __file__, quick=False) for name in names}
        compared = beside(ROUNDS)
    worst: dict[str, Any] = {
        "result_page_ms": max(one["result_page_ms"] for one in found.values()),
        "submissions_per_s": min(one["submissions_per_s"] for one in found.values()),
        "lost": max(one["lost"] for one in found.values()),
    }
    print(json.dumps(worst | compared))


if __name__ == "__main__":
    sys.exit(main())
