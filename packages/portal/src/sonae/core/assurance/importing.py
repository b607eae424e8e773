"""Taking in a catalogue of controls that others publish: as a whole or not at all, each version once."""

import hashlib
import json
from dataclasses import astuple
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.assurance import queries, rules
from sonae.core.assurance.catalogue_files.reading import read
from sonae.core.assurance.models import ImportedCatalogue, ImportedEntry
from sonae.core.assurance.vocabulary import CatalogueContent, CatalogueForm, CatalogueRefusal, KnownCatalogue
from sonae.core.audit import services as audit
from sonae.kernel import calendar, ids
from sonae.kernel.decision import require
from sonae.kernel.errors import BadInput, Conflict, Gone

LONGEST_FILE_NAME = 200
# Rows in one statement: SQLite takes some thirty thousand values, an entry has nine.
_AT_ONCE = 1_000


def import_catalogue(
    content: bytes, *, file_name: str, by: Viewer, now: datetime, follows: UUID | None = None
) -> ImportedCatalogue:
    """Takes in the catalogue in a file, if this viewer may; see `take_in`."""
    require(access.may(by, Permission.CATALOGUE_IMPORT, at=NATIONWIDE))
    return take_in(content, file_name=file_name, by=by.account_id, now=now, follows=follows)


def take_in(
    content: bytes, *, file_name: str, by: UUID | None, now: datetime, follows: UUID | None = None
) -> ImportedCatalogue:
    """Takes in the catalogue in a file as the newest version of it; the same file again changes nothing.

    `follows` names the catalogue of which this is a later version where the file does not say so by itself: documents
    in OSCAL may have a new title and a new id with each revision. Raises BadInput with every problem of the file.
    """
    digest = hashlib.sha256(content).hexdigest()
    if known := ImportedCatalogue.objects.filter(digest=digest).first():
        return known
    # Read before anything is locked: a large file takes a moment.
    found = read(content, file_name=file_name[-LONGEST_FILE_NAME:])
    if not isinstance(found, CatalogueContent):
        raise BadInput(found)
    try:
        with transaction.atomic():
            return _write(found, digest=digest, file_name=file_name, follows=follows, by=by, now=now)
    except IntegrityError:
        raise Conflict(CatalogueRefusal.TAKEN_IN_AT_ONCE) from None


def take_back(catalogue_id: UUID, *, why: str, by: Viewer, now: datetime) -> ImportedCatalogue | None:
    """Takes the newest version of a catalogue back, if this viewer may; see `take_out`."""
    require(access.may(by, Permission.CATALOGUE_IMPORT, at=NATIONWIDE))
    return take_out(catalogue_id, why=why, by=by.account_id, now=now)


@transaction.atomic
def take_out(catalogue_id: UUID, *, why: str, by: UUID | None, now: datetime) -> ImportedCatalogue | None:
    """Takes the newest version of a catalogue away with all its entries; the one before stands again, and is returned.

    The audit log keeps what it was and why. Evidence about its controls stays on record, with their words. The same
    file can be taken in anew, and has its evidence again.
    """
    found = ImportedCatalogue.objects.select_for_update(of=("self",)).filter(pk=catalogue_id).first()
    if found is None:
        raise Gone("catalogue", catalogue_id)
    require(rules.may_take_version_back(is_newest=found.replaced_at is None, why=why))
    before = queries.version_before(found)
    found.entries.all().delete()
    found.delete()
    if before is not None:
        before.replaced_at = None
        before.save(update_fields=["replaced_at"])
    facts = {"title": found.title, "version": found.version, "digest": found.digest, "why": why.strip()}
    audit.record("catalogue.take-back", subject="catalogue", subject_id=catalogue_id, by=by, now=now, facts=facts)
    return before


def _write(
    found: CatalogueContent, *, digest: str, file_name: str, follows: UUID | None, by: UUID | None, now: datetime
) -> ImportedCatalogue:
    newest = _newest(found, follows=follows, now=now)
    if newest is not None:
        newest.replaced_at = now
        newest.save(update_fields=["replaced_at"])
    catalogue = ImportedCatalogue.objects.create(
        identifier=newest.identifier if newest else found.identifier,
        number=newest.number + 1 if newest else 1,
        form=found.form,
        title=found.title,
        version=found.version,
        rank=found.rank,
        dated_on=found.dated_on,
        language=found.language,
        publisher=found.publisher,
        licence=found.licence,
        file_name=file_name[-LONGEST_FILE_NAME:],
        digest=digest,
        controls=sum(not entry.is_group for entry in found.entries),
        imported_at=now,
        imported_by_id=by,
    )
    rows = [
        ImportedEntry(
            catalogue=catalogue, position=position, name=one.name, code=one.code, title=one.title, text=one.text,
            guidance=one.guidance, parent=one.parent, is_group=one.is_group, is_withdrawn=one.is_withdrawn,
            digest=ids.digest(json.dumps(astuple(one))),
        )
        for position, one in enumerate(found.entries, 1)
    ]  # fmt: skip
    ImportedEntry.objects.bulk_create(rows, batch_size=_AT_ONCE)
    facts = {"title": found.title, "version": found.version, "controls": catalogue.controls, "digest": digest}
    audit.record("catalogue.import", subject="catalogue", subject_id=catalogue.pk, by=by, now=now, facts=facts)
    return catalogue


def _newest(found: CatalogueContent, *, follows: UUID | None, now: datetime) -> ImportedCatalogue | None:
    """The version that this one takes the place of, locked; refuses what is older, or belongs to another catalogue."""
    rows = ImportedCatalogue.objects.select_for_update(of=("self",)).current()
    # Whatever name the first version went by: one that was said to follow it may have brought another title.
    is_named_so = Q(identifier=found.identifier) | Q(form=found.form, title=found.title)
    by_itself = rows.filter(is_named_so).order_by("-imported_at").first()
    named = rows.filter(pk=follows).first() if follows else None
    if follows and named is None:
        raise Gone("catalogue", follows)
    newest = named or by_itself
    require(
        rules.may_take_in(
            found, known=_known(newest), other=_known(by_itself), is_named=named is not None,
            today=calendar.jst_day(now),
        )
    )  # fmt: skip
    return newest


def _known(catalogue: ImportedCatalogue | None) -> KnownCatalogue | None:
    if catalogue is None:
        return None
    return KnownCatalogue(
        catalogue.identifier, CatalogueForm(catalogue.form), catalogue.title, catalogue.version, catalogue.rank,
        catalogue.publisher,
    )  # fmt: skip
