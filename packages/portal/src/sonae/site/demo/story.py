"""What happens in a demonstration, step by step. Every step walks the verbs that the pages and the API walk."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae.core.duties import queries as duties
from sonae.core.duties.models import Duty
from sonae.core.institutions import queries as register
from sonae.core.institutions import register_file, sources
from sonae.core.institutions import services as institutions
from sonae.core.institutions.models import ImportRun, Institution
from sonae.core.institutions.vocabulary import Facets, InstitutionKind, Population, Prefecture
from sonae.core.notifications.models import Message
from sonae.core.web import words
from sonae.kernel.errors import NotAllowed
from sonae.prevention.detection import queries as detection
from sonae.prevention.detection import services as collectors
from sonae.prevention.detection.models import Alert
from sonae.prevention.sharing import queries as sharing
from sonae.prevention.sharing.vocabulary import IndicatorKind
from sonae.response.disclosure import composition, rules
from sonae.response.disclosure import queries as disclosures
from sonae.response.disclosure import services as disclosure
from sonae.response.disclosure.models import Disclosure
from sonae.response.disclosure.vocabulary import Attack, Route, Statements
from sonae.response.incidents import queries as incident_queries
from sonae.response.incidents import services as incidents
from sonae.response.incidents.models import Incident
from sonae.response.incidents.vocabulary import AffectedSystem, Attached, CareImpact, IndicatorOrigin, Report
from sonae.site.demo.people import Cast

type Tell = Callable[[str], None]

SEED = 20260401
WAIT_SECONDS = 120.0
MOST_INDICATORS = 12
SHOWN_INDICATORS = 5
# Classes of the Emerging Threats rules that speak of an attack.
MALICIOUS = ("TROJAN", "MALWARE", "EXPLOIT", "CNC", "CURRENT_EVENTS", "RANSOM")


class StoryBroke(Exception):
    """A step did not lead where the promise says; the sentence says which."""


@dataclass(frozen=True, slots=True)
class Sector:
    """The register of a demonstration, and the two hospitals it is about."""

    hospital_a: Institution
    hospital_b: Institution
    size: int
    run: ImportRun | None


def look_at_list(file: Path) -> None:
    """Reads the head and the first row of the given list; raises BadInput where they are not those of a register."""
    next(register_file.read(sources.open_source(file)), None)


def fill_register(
    file: Path | None, size: int, *, as_of: date | None = None, progress: Callable[[int, int], None]
) -> ImportRun | None:
    """Imports the given list, or draws a synthetic sector of this size."""
    now = timezone.now()
    if file is None:
        institutions.generate_synthetic_sector(size, seed=SEED, now=now, progress=progress)
        return None

    def report(done: Any) -> None:
        progress(done.percent, 100)

    return institutions.import_register(file, by=None, now=now, as_of=as_of, progress=report)


def choose_hospitals(run: ImportRun | None) -> Sector:
    """Hospital A is one that its prefecture and size alone would give away; B lies in another prefecture."""
    population = Population.SYNTHETIC if run is None else Population.REAL
    hospitals = register.fitting(Facets(population=population, kinds=frozenset({InstitutionKind.HOSPITAL})))
    known = hospitals.exclude(licensed_beds=None).filter(licensed_beds__gte=20).order_by("pk")
    for candidate in known.iterator(500):
        said = first_statements(candidate)
        if 0 < disclosures.count_fitting(candidate, said) < settings.DISCLOSURE_K:
            other = known.exclude(prefecture=candidate.prefecture).filter(licensed_beds__range=(100, 199)).first()
            if other is not None:
                return Sector(candidate, other, register.fitting(Facets(population=population)).count(), run)
    raise StoryBroke(_("The register is too small for this demonstration. Please use at least 2,000 institutions."))


def first_statements(institution: Institution) -> Statements:
    """What one would say without thinking of the register: kind, prefecture, size."""
    beds = institution.licensed_beds or 0
    lowest, highest = next(
        span for span in rules.BED_RANGES[:8] if (span[0] or 0) <= beds and (span[1] is None or beds <= span[1])
    )
    return Statements(
        kinds=frozenset({InstitutionKind(institution.kind)}),
        prefecture=Prefecture(institution.prefecture),
        beds_from=lowest,
        beds_through=highest,
        attack=Attack.RANSOMWARE,
        route=Route.VPN_DEVICE,
    )


def enrol_collector(sector: Sector, cast: Cast, *, token_file: Path) -> None:
    """Hospital B's manager makes a token for its collector; the secret goes into a file only its owner can read."""
    now = timezone.now()
    manager = cast["manager B"].viewer(now)
    _collector, secret = collectors.enrol_collector(
        _("Server room"), institution_id=sector.hospital_b.pk, by=manager, now=now
    )
    token_file.touch(mode=0o600)
    token_file.write_text(secret + "\n", encoding="ascii")


def report(sector: Sector, cast: Cast, telemetry: Path, tell: Tell) -> Incident:
    """Hospital A reports in six fields and attaches what its own alerts speak of."""
    now = timezone.now()
    manager = cast["manager A"].viewer(now)
    incident = incidents.report_incident(
        Report(
            institution_id=sector.hospital_a.pk,
            seen=_("Screens of the charts show a ransom note; printers print it without end."),
            phone="00-0000-0000",
            noticed_at=now - timedelta(minutes=20),
            systems=frozenset({AffectedSystem.CHARTS, AffectedSystem.ORDERS}),
            care=CareImpact.LIMITED,
            measures=_("The line to the backups was pulled first, then the external lines."),
        ),
        intake_id=uuid4(),
        by=manager,
        now=now,
    )
    tell(_("%(hospital)s reported incident %(number)s.") % {"hospital": _("Hospital A"), "number": incident.number})
    found = _found_in(telemetry)
    population = disclosures.population_of(sector.hospital_a)
    usable = [one for one in found if sharing.may_publish(one.kind, one.value, population=population).ok]
    tell(
        _("%(found)d values were found in its alerts; %(dropped)d stand on warning lists and are left out.")
        % {"found": len(found), "dropped": len(found) - len(usable)}
    )
    chosen = _of_every_kind(sorted(usable, key=lambda one: not _is_called_malicious(one)))
    if not chosen:
        raise StoryBroke(_("The sensor files hold no alert with a value that could be shared."))
    incidents.attach_indicators(
        incident.pk,
        [Attached(one.kind, one.value, IndicatorOrigin.EXTRACTED, ", ".join(one.signatures)[:300]) for one in chosen],
        by=manager,
        now=now,
    )
    tell(_("Its manager confirms %(chosen)d of them and attaches these to the report:") % {"chosen": len(chosen)})
    for one in chosen[:SHOWN_INDICATORS]:
        tell(f"  {words.of(one.kind)}: {one.value}")
    if len(chosen) > SHOWN_INDICATORS:
        tell(_("  … and %(more)d more.") % {"more": len(chosen) - SHOWN_INDICATORS})
    return incident


def disclose(sector: Sector, incident: Incident, cast: Cast, tell: Tell) -> Disclosure:
    """The analyst drafts; the register refuses; it is generalised; a second person releases."""
    now = timezone.now()
    analyst, second = cast["analyst"].viewer(now), cast["second analyst"].viewer(now)
    attached = [(IndicatorKind(one.kind), one.value) for one in incident_queries.indicators_of(incident.pk)]
    said = first_statements(sector.hospital_a)
    content = disclosure.Content(statements=said, indicators=tuple(attached))
    draft = disclosure.draft(incident.pk, content, by=analyst, now=now)
    tell(_("Draft: %(words)s") % {"words": composition.where_words(said)})
    said = _generalise(sector, draft, content, cast, tell)
    draft.refresh_from_db()
    try:
        disclosure.release(draft.pk, seen_revision=draft.revision, by=analyst, now=now)
    except NotAllowed as refused:
        tell(_("The author tries to release it: %(why)s") % {"why": words.of(refused.refusal)})
    else:
        raise StoryBroke(_("The author of a disclosure could release it alone."))
    released = disclosure.release(draft.pk, seen_revision=draft.revision, by=second, now=timezone.now())
    tell(
        _("Released by a second person. %(fits)s institutions fit; nobody can tell which one it was.")
        % {"fits": words.number(released.fitted or 0)}
    )
    return released


def wait_for_sighting(sector: Sector) -> Alert:
    """Returns when hospital B's collector has reported a sighting."""
    found = _wait_for(lambda: Alert.objects.filter(institution=sector.hospital_b).first())
    if found is None:
        raise StoryBroke(_("Hospital B's collector reported nothing."))
    return found


def wait_for_duty_and_mail(cast: Cast) -> tuple[Duty, datetime]:
    """Hospital B's manager has the duty, and this is when the worker handed over the mail about it."""
    manager = cast["manager B"]
    duty = _wait_for(
        lambda: (
            duties.open_for(manager.viewer(timezone.now()), now=timezone.now()).filter(rule="sighting.respond").first()
        )
    )
    mail = _wait_for(
        lambda: Message.objects.filter(
            account=manager.account, template__contains="sighting", sent_at__isnull=False
        ).first()
    )
    if duty is None or mail is None or mail.sent_at is None:
        raise StoryBroke(_("Hospital B's manager was not told."))
    return duty, mail.sent_at


def _generalise(sector: Sector, draft: Disclosure, content: disclosure.Content, cast: Cast, tell: Tell) -> Statements:
    """Takes the register's own suggestions until enough institutions fit."""
    said = content.statements
    for _attempt in range(5):
        now = timezone.now()
        draft.refresh_from_db()
        try:
            disclosure.release(draft.pk, seen_revision=draft.revision, by=cast["second analyst"].viewer(now), now=now)
        except NotAllowed as refused:
            tell(_("Refused: %(why)s") % {"why": words.of(refused.refusal)})
        assessment = disclosures.assess(sector.hospital_a, said, now=now, draft=draft)
        if assessment.fits >= assessment.needed:
            return said
        said = assessment.broader[0][0]
        tell(_("Generalised: %(words)s") % {"words": composition.where_words(said)})
        disclosure.revise(
            draft.pk, replace(content, statements=said), seen_revision=draft.revision,
            by=cast["analyst"].viewer(now), now=now,
        )  # fmt: skip
        if disclosures.count_fitting(sector.hospital_a, said, except_for=draft) >= assessment.needed:
            return said
    raise StoryBroke(_("No statement was found that fits enough institutions."))


def _found_in(telemetry: Path) -> list[Any]:
    found: dict[tuple[str, str], Any] = {}
    for file in sorted(telemetry.iterdir()):
        for one in detection.extract(file, name=file.name).found:
            found.setdefault((one.kind, one.value), one)
    return list(found.values())


def _is_called_malicious(one: Any) -> bool:
    """Whether an alert says more of the value than that somebody used some program (“ET POLICY …”)."""
    return any(word in signature.upper() for signature in one.signatures for word in MALICIOUS)


def _of_every_kind(found: list[Any]) -> list[Any]:
    """A few of each kind, so that addresses, names, URLs and hashes are all shown to work."""
    by_kind: dict[str, list[Any]] = {}
    for one in found:
        by_kind.setdefault(one.kind, []).append(one)
    chosen: list[Any] = []
    while len(chosen) < MOST_INDICATORS and any(by_kind.values()):
        for kind in sorted(by_kind):
            if by_kind[kind] and len(chosen) < MOST_INDICATORS:
                chosen.append(by_kind[kind].pop(0))
    return chosen


def _wait_for[Found](look: Callable[[], Found | None]) -> Found | None:
    until = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < until:
        if found := look():
            return found
        time.sleep(0.05)
    return None
