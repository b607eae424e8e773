"""The whole loop, over HTTP, while web server and worker are killed (-9) again and again at moments drawn by lot.

5 kills in the suite, 25 on each database in CI; `SONAE_KILLS=50` asks for more, `SONAE_KILL_SEED` for other moments.
What it came to is printed, and kept among the artefacts.
"""

import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from sonae.core.access import queries as access_queries
from sonae.core.access import services as access
from sonae.core.access.vocabulary import Permission, Place
from sonae.core.accounts.vocabulary import Role
from sonae.core.assurance.models import Evidence
from sonae.core.audit import services as audit
from sonae.core.audit.models import Entry
from sonae.core.bulletins.models import Bulletin, Recipient
from sonae.core.duties.models import Duty
from sonae.core.institutions import services as register
from sonae.core.institutions.models import Institution
from sonae.core.notifications import rules as notification_rules
from sonae.core.notifications.models import Message
from sonae.core.web.models import KeptAnswer
from sonae.prevention.detection import services as detection
from sonae.prevention.detection.models import Alert, Sighting
from sonae.prevention.sharing.models import Indicator
from sonae.response.disclosure.models import Disclosure
from sonae.response.incidents.models import Incident, IncidentIndicator
from sonae.site.jobs.vocabulary import JobState, Loss
from sonae.site.worker import LANES
from sonae.testing.cast import NATIONWIDE, QUICK_HASHER, Person, a_person, signed_in
from sonae.testing.mailbox import Mailbox, open_mailbox
from sonae.testing.programs import Programs
from sonae_wire import identity, messages, paths
from sonae_wire.vocabulary import Direction, SensorKind, Where

pytestmark = [pytest.mark.usefixtures("real_commits"), pytest.mark.slow]

KILLS = int(os.environ.get("SONAE_KILLS", "5"))
SEED = int(os.environ.get("SONAE_KILL_SEED", "20261123"))
SECTOR = 600
REPORTERS = 3
WATCHERS = 2
CSRF = "a" * 32
SETTLES_WITHIN_SECONDS = 150


@dataclass(frozen=True)
class World:
    """Who takes part: hospitals that are attacked, hospitals that watch, and the analysts between them."""

    reporters: list[Person]
    watchers: list[Person]
    analyst: Person
    second: Person
    tokens: dict[UUID, str]
    collectors: dict[int, str]


@dataclass
class Log:
    """What the clients asked for, were told, and had to ask twice."""

    reported: dict[str, set[str]] = field(default_factory=dict)
    sent: dict[int, set[UUID]] = field(default_factory=dict)
    repeated: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with open_mailbox() as box:
        yield box


@pytest.fixture
def programs(real_commits: None, tmp_path: Path, mailbox: Mailbox) -> Iterator[Programs]:
    found = Programs(tmp_path / "home", smtp_port=mailbox.port)
    yield found
    found.kill_all()


@pytest.fixture
def world(real_commits: None, settings: Any) -> World:
    settings.PASSWORD_HASHERS = [QUICK_HASHER]
    now = timezone.now()
    register.generate_synthetic_sector(SECTOR, seed=7, now=now)
    hospitals = list(Institution.objects.filter(kind="hospital").order_by("pk")[: REPORTERS + WATCHERS])
    managers = [
        a_person(
            Role.INSTITUTION_MANAGER,
            at=Place(institution_id=one.pk, jurisdiction_id=one.jurisdiction_id),
            now=now - timedelta(minutes=1),
        )
        for one in hospitals
    ]
    a_person(Role.MINISTRY_OFFICER, at=NATIONWIDE, now=now)
    analyst, second = (a_person(Role.SHARING_ANALYST, now=now) for _ in range(2))
    scopes = [
        Permission.INCIDENT_READ, Permission.INCIDENT_REPORT, Permission.INCIDENT_CHANGE,
        Permission.BULLETIN_READ, Permission.BULLETIN_ACKNOWLEDGE,
    ]  # fmt: skip
    tokens = {
        one.account.pk: access.issue_person_token("loop", scopes=scopes, by=_viewer(one), now=now)[1]
        for one in managers
    }
    watchers = managers[REPORTERS:]
    collectors = {
        _place(one): detection.enrol_collector("loop", institution_id=_place(one), by=_viewer(one), now=now)[1]
        for one in watchers
    }
    return World(managers[:REPORTERS], watchers, analyst, second, tokens, collectors)


def _viewer(person: Person) -> Any:
    return access_queries.viewer_of(person.account.pk, now=timezone.now())


def _place(person: Person) -> int:
    assert person.place.institution_id is not None
    return person.place.institution_id


class Client:
    """Repeats every request until it is answered; what must not happen twice, it looks up first, as a person would."""

    def __init__(self, programs: Programs, log: Log, stop: threading.Event) -> None:
        self._base_url = programs.base_url
        self._told_by_web = programs.logs / "web.log"
        self._log = log
        self._stop = stop

    def _until_answered(self, ask: Callable[[httpx.Client], httpx.Response], **given: Any) -> httpx.Response:
        while True:
            answer = self._asked_once(ask, **given)
            if answer is not None:
                return answer
            assert not self._stop.is_set(), "the portal is gone for good"
            time.sleep(0.1)

    def _asked_once(self, ask: Callable[[httpx.Client], httpx.Response], **given: Any) -> httpx.Response | None:
        try:
            with httpx.Client(base_url=self._base_url, timeout=30, **given) as http:
                answer = ask(http)
        except httpx.TransportError:
            with self._log.lock:
                self._log.repeated += 1
            return None
        assert answer.status_code != 500, self._told_by_web.read_text()[-6_000:]
        return None if answer.status_code == 503 else answer

    def call(self, token: str, method: str, path: str, *, body: Any = None, key: str | None = None) -> httpx.Response:
        """An operation of the API; a write carries its key, so repeating it is harmless."""
        headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
        content = {"content": body} if isinstance(body, str) else {"json": body} if body is not None else {}
        if isinstance(body, str):
            headers["Content-Type"] = "application/json"
        answer = self._until_answered(lambda http: http.request(method, path, **content), headers=headers)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer

    def submit(self, person: Person, path: str, form: dict[str, Any], *, is_done: Callable[[], bool]) -> None:
        """A form of a page, sent until what it asks for has come to pass."""
        cookies = {"sessionid": signed_in(person.account).cookies["sessionid"].value, "csrftoken": CSRF}
        while not is_done():
            given = form | {"csrfmiddlewaretoken": CSRF}
            answer = self._asked_once(lambda http, given=given: http.post(path, data=given), cookies=cookies)
            assert answer is None or is_done(), f"POST {path}: {answer.status_code} {answer.text[:3_000]}"


def _one_round(number: int, world: World, client: Client, log: Log) -> None:
    """One attack: reported, its indicators attached, disclosed, released, and the bulletin acknowledged."""
    chance = random.Random(f"{SEED}-{number}")
    reporter = world.reporters[number % REPORTERS]
    token, intake = world.tokens[reporter.account.pk], str(UUID(int=chance.getrandbits(128), version=4))
    code = Institution.objects.values_list("register_code", flat=True).get(pk=_place(reporter))
    body = {"institution": code, "seen": "loop", "phone": "00-0000-0000", "intake_id": intake, "care": "limited"}
    incident = client.call(token, "POST", "/api/v1/incidents", body=body, key=intake).json()["id"]
    values = {
        "domain": f"c{number}.loop-{chance.getrandbits(32):x}.example",
        "sha256": f"{chance.getrandbits(256):064x}",
        "ja3": f"{chance.getrandbits(128):032x}",
    }
    attached = {"indicators": [{"kind": kind, "value": value} for kind, value in values.items()]}
    path = f"/api/v1/incidents/{incident}/indicators"
    client.call(token, "POST", path, body=attached, key=f"{intake}-indicators")
    with log.lock:
        log.reported[incident] = set(values.values())
    drafts = Disclosure.objects.filter(incident_id=incident)
    form = {
        "kind": "hospital", "area": "", "beds": "", "month": "", "attack": "ransomware", "route": "vpn_device",
        "tlp": "green", "indicators": [f"{kind}|{value}" for kind, value in values.items()],
    }  # fmt: skip
    client.submit(world.analyst, f"/incidents/{incident}/disclosures/new/", form, is_done=drafts.exists)
    draft = drafts.get()
    released = drafts.filter(state="released")
    client.submit(
        world.second, f"/disclosures/{draft.pk}/release/", {"revision": draft.revision}, is_done=released.exists
    )
    bulletin = released.get().bulletin_id
    # Those who watch do not acknowledge: whatever happens, each of them has to get the mail.
    for person in world.reporters:
        path = f"/api/v1/bulletins/{bulletin}/acknowledgement"
        client.call(world.tokens[person.account.pk], "POST", path, body={"stage": "acknowledged"}, key=str(uuid4()))


class Watcher:
    """A hospital's collector that sees every indicator it is given, and its manager who answers each alert."""

    def __init__(self, person: Person, world: World, client: Client, log: Log) -> None:
        self._person, self._client, self._log = person, client, log
        self._place = _place(person)
        self._token = world.collectors[self._place]
        self._cursor = ""

    def work(self, *, last: threading.Event) -> None:
        """Polls, reports and answers until `last` is set and nothing is new."""
        while True:
            ends = last.is_set()
            found = self._poll()
            if found:
                self._report(found)
                self._answer()
            elif ends:
                return
            else:
                time.sleep(0.2)

    def _poll(self) -> list[messages.Indicator]:
        answer = self._client.call(self._token, "GET", f"{paths.INDICATORS}?cursor={self._cursor}&limit=50")
        page = messages.IndicatorPage.model_validate_json(answer.content)
        self._cursor = page.cursor
        return list(page.indicators)

    def _report(self, indicators: list[messages.Indicator]) -> None:
        now = timezone.now()
        seen = tuple(
            messages.Sighting(
                id=identity.sighting_id(one.id, day=identity.day_of(now), salt=str(self._place)),
                indicator_id=one.id, first_seen_at=now - timedelta(minutes=5), last_seen_at=now - timedelta(minutes=4),
                count=3, direction=Direction.OUTBOUND, where=(Where.DNS_QUERY,), sensor_kind=SensorKind.SURICATA,
            )
            for one in indicators
        )  # fmt: skip
        batch = messages.SightingBatch(batch_id=uuid4(), collector_version="0.1", sent_at=now, sightings=seen)
        answer = self._client.call(
            self._token, "POST", paths.SIGHTINGS, body=batch.model_dump_json(), key=str(batch.batch_id)
        )
        receipt = messages.BatchReceipt.model_validate_json(answer.content)
        # A lost answer is given again, not computed anew: nothing that was sent first is "already known".
        assert set(receipt.accepted) == {one.id for one in seen}
        with self._log.lock:
            self._log.sent.setdefault(self._place, set()).update(receipt.accepted)

    def _answer(self) -> None:
        for alert in Alert.objects.open().filter(institution_id=self._place):
            answered = Alert.objects.filter(pk=alert.pk, answered_at__isnull=False)
            form = {"finding": "blocked", "note": "The firewall had stopped it; the device was looked at."}
            self._client.submit(self._person, f"/sightings/{alert.pk}/answer/", form, is_done=answered.exists)


def _in_a_thread[**P](pool: ThreadPoolExecutor, work: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> Future:
    def run() -> None:
        try:
            work(*args, **kwargs)
        finally:
            connections.close_all()

    return pool.submit(run)


def _drive(programs: Programs, world: World, log: Log) -> int:
    """Runs the loop in several threads and kills the programs under it; returns how many rounds there were."""
    chance = random.Random(SEED)
    last, stop, numbers = threading.Event(), threading.Event(), iter(range(1_000_000))
    client = Client(programs, log, stop)

    def rounds() -> None:
        while not last.is_set():
            _one_round(next(numbers), world, client, log)

    begin = time.monotonic()
    with ThreadPoolExecutor(REPORTERS + WATCHERS) as pool:
        reporting = [_in_a_thread(pool, rounds) for _ in range(REPORTERS)]
        watching_until = threading.Event()
        watching = [
            _in_a_thread(pool, Watcher(one, world, client, log).work, last=watching_until) for one in world.watchers
        ]
        try:
            for number in range(1, KILLS + 1):
                time.sleep(chance.uniform(0.05, 1.5))
                victims = chance.choice([("web",), ("worker",), ("web", "worker")])
                print(f"kill {number}: {'+'.join(victims)} at {time.monotonic() - begin:.2f} s", file=sys.stderr)
                programs.kill(*victims)
                programs.start(*victims)
                programs.wait_for_web()
                for each in [*reporting, *watching]:
                    assert not each.done(), each.result()
            last.set()
            for each in reporting:
                each.result()
            watching_until.set()
            for each in watching:
                each.result()
        except BaseException:
            stop.set()
            last.set()
            watching_until.set()
            raise
    return next(numbers)


def _wait_until_all_is_done() -> None:
    """Until the outbox is empty, everybody is told and no job waits or runs."""
    until = time.monotonic() + SETTLES_WITHIN_SECONDS
    left: dict[str, int] = {}
    while time.monotonic() < until:
        now = timezone.now()
        left = {
            "mails": Message.objects.filter(state="waiting").count(),
            "untold recipients": Recipient.objects.filter(told_at=None).count(),
            "running": DBTaskResult.objects.filter(status=JobState.RUNNING).count(),
            "due": DBTaskResult.objects.filter(status=JobState.READY, run_after__lte=now).count(),
        }
        if not any(left.values()):
            return
        time.sleep(0.3)
    raise AssertionError(f"not done after {SETTLES_WITHIN_SECONDS} s: {left}")


def _check_incidents(log: Log) -> None:
    assert {str(pk) for pk in Incident.objects.values_list("pk", flat=True)} == set(log.reported)
    attached: dict[str, list[str]] = {}
    for incident, value in IncidentIndicator.objects.values_list("incident_id", "value"):
        attached.setdefault(str(incident), []).append(value)
    assert {key: sorted(values) for key, values in attached.items()} == {
        key: sorted(values) for key, values in log.reported.items()
    }


def _check_disclosures(log: Log) -> None:
    rounds = len(log.reported)
    assert Disclosure.objects.filter(state="released").count() == Disclosure.objects.count() == rounds
    assert Bulletin.objects.filter(state="issued").count() == Bulletin.objects.count() == rounds
    assert Recipient.objects.count() == Recipient.objects.exclude(told_at=None).count() == rounds * SECTOR
    assert Recipient.objects.exclude(acknowledged_at=None).count() == rounds * REPORTERS
    values = sorted(value for values in log.reported.values() for value in values)
    assert sorted(Indicator.objects.values_list("value", flat=True)) == values


def _check_sightings(log: Log) -> None:
    stored = Counter(Sighting.objects.values_list("institution_id", "reported_id"))
    assert set(stored) == {(place, seen) for place, all_seen in log.sent.items() for seen in all_seen}
    assert set(stored.values()) == {1}
    alerts = Alert.objects.count()
    assert alerts == stored.total() == WATCHERS * Indicator.objects.count()
    assert Alert.objects.filter(answered_at=None).count() == 0
    assert set(Alert.objects.values_list("count", flat=True)) == {3}
    proofs = Evidence.objects.filter(control="detection.sighting-handled")
    assert proofs.count() == alerts


def _check_duties(log: Log) -> None:
    rounds, alerts = len(log.reported), Alert.objects.count()
    found = Counter(Duty.objects.exclude(rule="account.second-factor").values_list("rule", "state"))
    assert found == {
        ("incident.notify-ministry", "open"): rounds,
        ("incident.first-report", "open"): rounds,
        ("incident.call-back", "open"): rounds,
        ("disclosure.second-release", "fulfilled"): rounds * 2,
        ("sighting.respond", "fulfilled"): alerts,
    }


def _check_audit(log: Log) -> None:
    rounds, alerts = len(log.reported), Alert.objects.count()
    verbs = Counter(Entry.objects.values_list("verb", flat=True))
    expected = {
        "incident.report": rounds,
        "incident.attach_indicators": rounds,
        "disclosure.draft": rounds,
        "disclosure.release": rounds,
        "bulletin.issue": rounds,
        "bulletin.acknowledged": rounds * REPORTERS,
        "sighting.answer": alerts,
    }
    assert {verb: verbs[verb] for verb in expected} == expected
    reported = Entry.objects.filter(verb="sighting.record").values_list("facts__sightings", flat=True)
    assert sum(reported) == Sighting.objects.count()
    assert audit.verify() == []


def _check_mails(mailbox: Mailbox, world: World, log: Log) -> int:
    """Each mail once in the outbox and at least once at its recipient; returns how many came twice."""
    queued = Counter(Message.objects.values_list("template", "account_id"))
    for one in world.watchers:
        assert queued["bulletins/issued", one.account.pk] == len(log.reported)
        # One for each batch that opened an alert, and each batch here opens its alerts in one transaction.
        opened = Alert.objects.filter(institution_id=_place(one)).values("opened_at").distinct().count()
        assert queued["detection/sighting", one.account.pk] == opened
    # Whoever acknowledged before the worker came to tell them is not told any more.
    assert all(queued["bulletins/issued", one.account.pk] <= len(log.reported) for one in world.reporters)
    assert queued["incidents/reported", world.analyst.account.pk] == len(log.reported)
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    arrived = Counter(str(message_from_bytes(one.content)["Message-ID"]) for one in mailbox.taken)  # type: ignore[arg-type]
    assert set(arrived) == {
        notification_rules.mail_id(pk, domain="localhost") for pk in Message.objects.values_list("pk", flat=True)
    }
    twice = arrived.total() - len(arrived)
    assert twice <= KILLS * LANES
    return twice


def _check_jobs() -> None:
    assert not DBTaskResult.objects.filter(status=JobState.RUNNING).exists()
    given_up = DBTaskResult.objects.filter(status=JobState.FAILED)
    assert set(given_up.values_list("exception_class_path", flat=True)) <= {Loss.WORKER_LOST}
    # An answer is kept in the transaction of what it answers: none is half written.
    assert not KeptAnswer.objects.filter(status=0).exists()


def test_nothing_is_lost_or_doubled_however_often_the_programs_are_killed(
    programs: Programs, world: World, mailbox: Mailbox, artefacts: Path
) -> None:
    vendor = django_settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    print(f"{KILLS} kills on {vendor}, SONAE_KILL_SEED={SEED}", file=sys.stderr)
    log = Log()
    programs.start("web", "worker")
    programs.wait_for_web()
    begin = time.monotonic()
    _drive(programs, world, log)
    _wait_until_all_is_done()
    _check_incidents(log)
    _check_disclosures(log)
    _check_sightings(log)
    _check_duties(log)
    _check_audit(log)
    twice = _check_mails(mailbox, world, log)
    _check_jobs()
    told = (
        f"{KILLS} kills, {len(log.reported)} rounds,"
        f" {Sighting.objects.count()} sightings, {Entry.objects.count()} audit entries,"
        f" {Message.objects.count()} mails ({twice} came twice), {log.repeated} requests repeated,"
        f" {time.monotonic() - begin:.0f} s"
    )
    print(told, file=sys.stderr)
    (artefacts / f"kills-{vendor}.txt").write_text(f"SONAE_KILL_SEED={SEED}: {told}\n", "utf-8")
