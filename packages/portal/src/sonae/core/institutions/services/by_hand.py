"""Changes that a person makes to one institution: entering it, its beds, its name, its codes."""

import dataclasses
import datetime as dt
from uuid import UUID

from django.db import transaction
from django.db.models import ForeignObjectRel

from sonae.core.audit import services as audit
from sonae.core.institutions import editions, rules
from sonae.core.institutions.models import (
    BedCount,
    Contact,
    FormerName,
    Institution,
    InstitutionChange,
    InstitutionCode,
    OwnNetwork,
    VendorLink,
)
from sonae.core.institutions.services import changes
from sonae.core.institutions.services.jurisdictions import ensure_jurisdictions
from sonae.core.institutions.services.register_list import institution_from
from sonae.core.institutions.vocabulary import (
    Beds,
    BedSource,
    CodeSystem,
    Population,
    PublishedInstitution,
    RegisterRefusal,
)
from sonae.kernel.calendar import jst_day
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Conflict, NotAllowed


@transaction.atomic
def register_institution(
    row: PublishedInstitution, *, population: Population, by: UUID | None, now: dt.datetime
) -> Institution:
    """An institution entered by hand, because no published list has it (yet)."""
    today = jst_day(now)
    require(rules.may_place(row.municipality, prefecture=row.prefecture))
    require(rules.may_state_beds(row.beds, as_of=today, today=today))
    if Institution.objects.filter(register_code=row.register_code).exists():
        raise NotAllowed(Refused(RegisterRefusal.CODE_TAKEN, {"code": row.register_code}))
    cities = rules.jurisdiction_codes(editions.jurisdictions().jurisdictions)
    code = rules.inspected_by(row.municipality, prefecture=row.prefecture, cities=cities)
    institution = institution_from(
        row,
        jurisdiction_id=ensure_jurisdictions()[code],
        as_of=today,
        digest="",
        is_synthetic=population is Population.SYNTHETIC,
        published_at=None,
    )
    institution.save(force_insert=True)
    if rules.counts_beds(row.kind):
        _state_beds(institution, row.beds, as_of=today, now=now)
    _record("register", institution, by=by, now=now)
    return institution


@transaction.atomic
def change_beds(institution_id: int, beds: Beds, *, as_of: dt.date, by: UUID | None, now: dt.datetime) -> BedCount:
    """States the licensed beds as of a day; the present number follows the newest statement."""
    institution = Institution.objects.select_for_update().get(pk=institution_id)
    if beds.total is None:
        beds = dataclasses.replace(beds, total=beds.sum_of_types)
    require(rules.may_state_beds(beds, as_of=as_of, today=jst_day(now)))
    count = _state_beds(institution, beds, as_of=as_of, now=now)
    newest = BedCount.objects.filter(institution=institution).latest("as_of")
    institution.licensed_beds, institution.licensed_beds_as_of = newest.total, newest.as_of
    institution.save(update_fields=["licensed_beds", "licensed_beds_as_of"])
    _record("change_beds", institution, by=by, now=now, as_of=as_of, total=beds.total)
    return count


def _state_beds(institution: Institution, beds: Beds, *, as_of: dt.date, now: dt.datetime) -> BedCount:
    source = BedSource.SYNTHETIC if institution.is_synthetic else BedSource.BY_HAND
    known = BedCount.objects.filter(institution=institution, as_of=as_of, **dataclasses.asdict(beds)).first()
    if known is not None:
        # Said again, it stays known since it was said first.
        return known
    stated = dataclasses.asdict(beds) | {"source": source, "import_run": None, "recorded_at": now}
    count, _ = BedCount.objects.update_or_create(institution=institution, as_of=as_of, defaults=stated)
    return count


@transaction.atomic
def rename_institution(
    institution_id: int, *, name: str, name_kana: str, on: dt.date, by: UUID | None, now: dt.datetime
) -> Institution:
    """Gives an institution another name and keeps the one it had."""
    institution = Institution.objects.select_for_update().get(pk=institution_id)
    require(rules.may_rename(on=on, today=jst_day(now)))
    if (institution.name, institution.name_kana) == (name, name_kana):
        return institution
    FormerName.objects.create(
        institution=institution, name=institution.name, name_kana=institution.name_kana, replaced_on=on
    )
    institution.name, institution.name_kana = name, name_kana
    institution.search_text = _search_text(institution)
    institution.save(update_fields=["name", "name_kana", "search_text"])
    _record("rename", institution, by=by, now=now, on=on)
    return institution


def _search_text(institution: Institution) -> str:
    one = institution
    texts = (one.name, one.name_kana, one.short_name, one.name_latin, one.address, one.register_code)
    return "|".join(map(rules.search_key, texts))


_LISTED_FIELDS = (
    "register_code", "name", "name_kana", "short_name", "name_latin", "prefecture", "municipality", "jurisdiction_id",
    "address", "latitude", "longitude", "website", "licensed_beds", "licensed_beds_as_of", "vanished_on",
    "published_digest", "search_text",
)  # fmt: skip


@transaction.atomic
def merge_former_code(kept_id: int, *, absorbed_id: int, by: UUID | None, now: dt.datetime) -> Institution:
    """Makes two rows of one institution into one: a later list gave it another code.

    The kept row keeps its id and its histories, takes over the code and the state of whichever row is listed, and
    remembers the other code as a former one. Refused when both are listed, and while other rooms hold the absorbed row.
    """
    if kept_id == absorbed_id:
        raise NotAllowed(Refused(RegisterRefusal.SAME_INSTITUTION))
    rows = {row.pk: row for row in Institution.objects.select_for_update().filter(pk__in=(kept_id, absorbed_id))}
    kept, absorbed = rows[kept_id], rows[absorbed_id]
    if kept.vanished_on is None and absorbed.vanished_on is None:
        raise NotAllowed(Refused(RegisterRefusal.BOTH_LISTED))
    older, newer = (kept, absorbed) if kept.vanished_on else (absorbed, kept)
    former_code, today = older.register_code, older.vanished_on or jst_day(now)
    if _is_held(absorbed):
        raise Conflict(RegisterRefusal.STILL_IN_USE)
    _move_histories(absorbed, kept)
    if older.name != newer.name:
        FormerName.objects.create(institution=kept, name=older.name, name_kana=older.name_kana, replaced_on=today)
    InstitutionChange.objects.bulk_create(
        changes.differences(
            kept.pk,
            changes.state_of(older, jurisdiction=older.jurisdiction.code),
            changes.state_of(newer, jurisdiction=newer.jurisdiction.code),
            as_of=today,
            now=now,
            run=None,
        )
    )
    state = {name: getattr(newer, name) for name in _LISTED_FIELDS}
    absorbed.delete()
    kept.listed_on = min(older.listed_on, newer.listed_on)
    for name, value in state.items():
        setattr(kept, name, value)
    kept.published_at = min(filter(None, (older.published_at, newer.published_at)), default=None)
    kept.save(update_fields=[*_LISTED_FIELDS, "listed_on", "published_at"])
    InstitutionCode.objects.create(
        institution=kept,
        system=CodeSystem.FORMER_REGISTER_CODE,
        prefecture=kept.prefecture,
        value=former_code,
        valid_from=older.listed_on,
        valid_until=today,
    )
    _record("merge_former_code", kept, by=by, now=now, absorbed=absorbed_id, former_code=former_code)
    return kept


def _is_held(institution: Institution) -> bool:
    """Whether a row of another slice points at this one; deleting it could take that row along."""
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: institution}).exists()
        for relation in Institution._meta.get_fields(include_hidden=True)
        if isinstance(relation, ForeignObjectRel)
        and relation.related_model._meta.app_label != Institution._meta.app_label
    )


def _move_histories(absorbed: Institution, kept: Institution) -> None:
    days = BedCount.objects.filter(institution=kept).values("as_of")
    BedCount.objects.filter(institution=absorbed).exclude(as_of__in=days).update(institution=kept)
    for model in (FormerName, InstitutionChange, InstitutionCode, Contact):
        model._default_manager.filter(institution=absorbed).update(institution=kept)
    links = VendorLink.objects.filter(institution=kept).current()
    for link in VendorLink.objects.filter(institution=absorbed):
        if link.ended_at or not links.filter(vendor=link.vendor_id, service=link.service).exists():
            link.institution = kept
            link.save(update_fields=["institution"])
    networks = OwnNetwork.objects.filter(institution=absorbed)
    known = OwnNetwork.objects.filter(institution=kept).current()
    networks.current().filter(network__in=list(known.values_list("network", flat=True))).delete()
    networks.update(institution=kept)


def _record(verb: str, institution: Institution, *, by: UUID | None, now: dt.datetime, **facts: object) -> None:
    audit.record(
        f"institutions.{verb}",
        subject="institution",
        subject_id=institution.pk,
        by=by,
        now=now,
        institution_id=institution.pk,
        facts=facts,
    )
