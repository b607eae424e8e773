"""Drafting, releasing and withdrawing disclosures."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Role, Viewer
from sonae.core.audit import services as audit
from sonae.core.bulletins import services as bulletins
from sonae.core.bulletins.vocabulary import Audience
from sonae.core.duties import services as duties
from sonae.core.institutions.models import Institution
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.calendar import fiscal_year, jst_day
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Conflict, Gone
from sonae.kernel.ids import new_id
from sonae.prevention.sharing import services as sharing
from sonae.prevention.sharing.vocabulary import Candidate, IndicatorKind, SourceKind
from sonae.response.disclosure import composition, queries, rules
from sonae.response.disclosure.models import Author, ChosenIndicator, Disclosure, Tick
from sonae.response.disclosure.vocabulary import DisclosureRefusal, DisclosureState, Found, Statements, WithdrawalReason
from sonae.response.incidents.models import Incident, IncidentIndicator

DUTY = "disclosure.second-release"
SOURCE = "disclosure"
# Those who can be the second person; the duty stands for each of these roles until one of them has acted.
SECOND_ROLES = (Role.SHARING_ANALYST, Role.MINISTRY_OFFICER)


@dataclass(frozen=True, slots=True)
class Content:
    """What a draft says and carries."""

    statements: Statements
    summary_ja: str = ""
    summary_en: str = ""
    tlp: Tlp = Tlp.GREEN
    indicators: tuple[tuple[IndicatorKind, str], ...] = ()


@transaction.atomic
def draft(incident_id: UUID, content: Content, *, by: Viewer, now: datetime) -> Disclosure:
    """A new draft about an incident, and the duty of a second person to check and release it."""
    require(access.may(by, Permission.DISCLOSURE_DRAFT, at=NATIONWIDE))
    require(rules.may_say(content.statements))
    incident = Incident.objects.visible_to(by).filter(pk=incident_id).first()
    if incident is None:
        raise Gone("incident", incident_id)
    assert by.account_id is not None
    disclosure = Disclosure(
        id=new_id(), number=_number(now), incident=incident, institution_id=incident.institution_id,
        drafted_at=now, drafted_by_id=by.account_id, report_id=uuid4(), **_columns(content),
    )  # fmt: skip
    disclosure.save(force_insert=True)
    _write_author(disclosure, by)
    _choose(disclosure, content.indicators)
    for role in SECOND_ROLES:
        duties.impose(
            DUTY, role=role, subject="disclosure", subject_id=disclosure.pk, known_at=now, now=now,
            facts={"number": disclosure.number}, by=by.account_id,
        )  # fmt: skip
    _record("disclosure.draft", disclosure, by=by, now=now)
    return disclosure


@transaction.atomic
def revise(disclosure_id: UUID, content: Content, *, seen_revision: int, by: Viewer, now: datetime) -> Disclosure:
    """Rewrites a draft; whoever does becomes one of its authors. Raises Conflict when it changed since it was read."""
    require(access.may(by, Permission.DISCLOSURE_DRAFT, at=NATIONWIDE))
    disclosure = _locked(disclosure_id, by=by, seen_revision=seen_revision)
    require(rules.may_revise(DisclosureState(disclosure.state)))
    require(rules.may_say(content.statements))
    columns = _columns(content) | {"revision": disclosure.revision + 1}
    for name, value in columns.items():
        setattr(disclosure, name, value)
    disclosure.save(update_fields=list(columns))
    _write_author(disclosure, by)
    _choose(disclosure, content.indicators)
    _record("disclosure.revise", disclosure, by=by, now=now)
    return disclosure


@transaction.atomic
def release(
    disclosure_id: UUID, *, seen_revision: int, by: Viewer, now: datetime, looked_at: Iterable[Found] = ()
) -> Disclosure:
    """Lets the whole sector know: indicators for every collector, a bulletin for every institution.

    `looked_at` are the numbers, days and unknown names of the texts that this person says may be published.
    """
    require(access.may(by, Permission.DISCLOSURE_RELEASE, at=NATIONWIDE))
    disclosure = _locked(disclosure_id, by=by, seen_revision=seen_revision)
    # Two disclosures about one institution, released at the same instant, would each be measured without the other.
    disclosure.institution = Institution.objects.select_for_update(no_key=True).get(pk=disclosure.institution_id)
    incident = disclosure.incident
    facts = queries.draft_facts(disclosure, is_drill=incident.is_drill, looked_at=looked_at)
    require(rules.may_release(facts, by=by.account_id))
    chosen = list(ChosenIndicator.objects.filter(disclosure=disclosure))
    if chosen:
        sharing.publish_indicators(
            [Candidate(IndicatorKind(one.kind), one.value) for one in chosen],
            report_id=disclosure.report_id,
            tlp=Tlp(disclosure.tlp),
            population=queries.population_of(disclosure.institution),
            source=SourceKind.DISCLOSURE,
            by=by,
            now=now,
        )
    _keep_ticks(disclosure, rules.doubts(facts.marks), by=by, now=now)
    disclosure.bulletin = _tell_everyone(disclosure, len(chosen), by=by, now=now)
    disclosure.state, disclosure.released_at, disclosure.released_by_id = DisclosureState.RELEASED, now, by.account_id
    disclosure.fitted, disclosure.needed = facts.fits, facts.needed
    disclosure.save(update_fields=["state", "released_at", "released_by", "fitted", "needed", "bulletin"])
    duties.settle(DUTY, subject="disclosure", subject_id=disclosure.pk, now=now, by=by.account_id)
    _record(
        "disclosure.release", disclosure, by=by, now=now, fits=facts.fits, needed=facts.needed, indicators=len(chosen)
    )
    return disclosure


@transaction.atomic
def withdraw(disclosure_id: UUID, *, reason: WithdrawalReason, why: str = "", by: Viewer, now: datetime) -> Disclosure:
    """Takes a disclosure back: its indicators and its bulletin. What it said stays in the ledger and still counts.

    Everyone reads the sentence of the reason; `why`, in one person's own words, stays in the ledger.
    """
    require(access.may(by, Permission.DISCLOSURE_RELEASE, at=NATIONWIDE))
    disclosure = _locked(disclosure_id, by=by)
    require(rules.may_withdraw(DisclosureState(disclosure.state)))
    sharing.withdraw_report(disclosure.report_id, by=by, now=now)
    if disclosure.bulletin_id is not None:
        told = composition.withdrawal_words(reason)
        bulletins.withdraw(disclosure.bulletin_id, why=told, by=by, now=now, source=SOURCE)
    disclosure.state, disclosure.withdrawn_at, disclosure.withdrawn_by_id = (
        DisclosureState.WITHDRAWN,
        now,
        by.account_id,
    )
    disclosure.withdrawn_for, disclosure.withdrawn_why = reason, why.strip()
    disclosure.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_for", "withdrawn_why"])
    _record("disclosure.withdraw", disclosure, by=by, now=now, reason=reason)
    return disclosure


def _tell_everyone(disclosure: Disclosure, indicator_count: int, *, by: Viewer, now: datetime) -> Any:
    texts = {
        language: composition.compose(
            disclosure.statements(), summary=summary, indicator_count=indicator_count, language=language
        )
        for language, summary in (("ja", disclosure.summary_ja), ("en", disclosure.summary_en))
    }
    return bulletins.issue(
        texts["ja"].title,
        texts["en"].title,
        texts["ja"].body,
        texts["en"].body,
        tlp=Tlp(disclosure.tlp),
        audience=Audience.all_of(queries.population_of(disclosure.institution)),
        by=by,
        now=now,
        # Not the number and not the row's own id: the bulletin leads nowhere.
        key=f"report:{disclosure.report_id}",
        source=SOURCE,
    )


def _locked(disclosure_id: UUID, *, by: Viewer, seen_revision: int | None = None) -> Disclosure:
    disclosure = (
        Disclosure.objects.select_for_update(of=("self",))
        .visible_to(by)
        .select_related("institution", "incident")
        .filter(pk=disclosure_id)
        .first()
    )
    if disclosure is None:
        raise Gone("disclosure", disclosure_id)
    if seen_revision is not None and disclosure.revision != seen_revision:
        raise Conflict(DisclosureRefusal.CHANGED_MEANWHILE)
    return disclosure


def _columns(content: Content) -> dict[str, Any]:
    said = content.statements
    return {
        "tlp": content.tlp,
        "kinds": sorted(said.kinds),
        "prefecture": said.prefecture or "",
        "region": said.region or "",
        "beds_from": said.beds_from,
        "beds_through": said.beds_through,
        "month": said.month,
        "attack": said.attack,
        "route": said.route,
        "summary_ja": content.summary_ja,
        "summary_en": content.summary_en,
    }


def _choose(disclosure: Disclosure, indicators: Iterable[tuple[IndicatorKind, str]]) -> None:
    attached = set(
        IncidentIndicator.objects.filter(incident_id=disclosure.incident_id, removed_at=None).values_list(
            "kind", "value"
        )
    )
    wanted = {(kind, sharing.normalise(kind, value)) for kind, value in indicators}
    for kind, value in sorted(wanted):
        if (kind.value, value) not in attached:
            require(Refused(DisclosureRefusal.INDICATOR_NOT_OF_INCIDENT, {"indicator": value}))
    ChosenIndicator.objects.filter(disclosure=disclosure).delete()
    ChosenIndicator.objects.bulk_create(
        ChosenIndicator(disclosure=disclosure, kind=kind, value=value) for kind, value in sorted(wanted)
    )


def _keep_ticks(disclosure: Disclosure, passed: Iterable[Found], *, by: Viewer, now: datetime) -> None:
    assert by.account_id is not None, "the rules let only a person release"
    Tick.objects.bulk_create(
        Tick(disclosure=disclosure, mark=one.mark, text=one.text, ticked_at=now, ticked_by_id=by.account_id)
        for one in passed
    )


def _write_author(disclosure: Disclosure, by: Viewer) -> None:
    assert by.account_id is not None, "a program writes no drafts"
    Author.objects.get_or_create(disclosure=disclosure, account_id=by.account_id)


def _number(now: datetime) -> str:
    """A number that tells the fiscal year and nothing else, not even how many there were."""
    return f"D{fiscal_year(jst_day(now))}-{secrets.token_hex(3).upper()}"


def _record(verb: str, disclosure: Disclosure, *, by: Viewer, now: datetime, **facts: object) -> None:
    audit.record(verb, subject="disclosure", subject_id=disclosure.pk, by=by.account_id, now=now, facts=facts)
