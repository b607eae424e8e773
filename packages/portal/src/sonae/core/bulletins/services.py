"""Writing, issuing and withdrawing bulletins, and saying how far an institution has come with one."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Value

from sonae.core.access import rules as access
from sonae.core.access import services as grants
from sonae.core.access.vocabulary import NATIONWIDE, Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.core.bulletins import queries, rules
from sonae.core.bulletins.models import Bulletin, OwnedProduct, Recipient
from sonae.core.bulletins.vocabulary import Audience, BulletinIssued, BulletinRefusal, BulletinState, Content, Stage
from sonae.core.duties import services as duties
from sonae.core.institutions import queries as register
from sonae.core.notifications import services as notifications
from sonae.core.web.vocabulary import Tlp
from sonae.kernel.decision import require
from sonae.kernel.errors import Conflict, Gone
from sonae.kernel.events import publish
from sonae.kernel.ids import new_id

DUTY = "bulletin.acknowledge"
# Recipients told in one transaction: a few hundred milliseconds, whatever the audience.
TOLD_AT_ONCE = 1_000


@transaction.atomic
def draft(
    content: Content,
    *,
    tlp: Tlp,
    audience: Audience,
    by: Viewer,
    now: datetime,
    acknowledge_by: datetime | None = None,
    key: str = "",
    source: str = "",
) -> Bulletin:
    """A bulletin that only those who write bulletins can see; the same key gives the same bulletin."""
    require(access.may(by, Permission.BULLETIN_WRITE, at=NATIONWIDE))
    require(rules.may_address(audience))
    columns = _columns(content, tlp, audience, acknowledge_by)
    identity = new_id()
    bulletin, is_new = Bulletin.objects.get_or_create(
        key=key or str(identity),
        defaults=columns
        | {
            "id": identity,
            "source": source,
            "author_ids": [str(by.account_id)],
            "drafted_at": now,
            "drafted_by_id": by.account_id,
        },
    )
    if is_new:
        _record("bulletin.draft", bulletin, by=by, now=now)
    elif (bulletin.content(), bulletin.audience(), bulletin.tlp, bulletin.acknowledge_by) != (
        content,
        audience,
        tlp,
        acknowledge_by,
    ):
        raise Conflict(BulletinRefusal.KEY_REUSED)
    return bulletin


@transaction.atomic
def revise(
    bulletin_id: UUID,
    content: Content,
    *,
    tlp: Tlp,
    audience: Audience,
    by: Viewer,
    now: datetime,
    acknowledge_by: datetime | None = None,
) -> Bulletin:
    """Rewrites a draft; whoever does becomes one of its authors."""
    bulletin = _locked(bulletin_id, by=by)
    require(access.may(by, Permission.BULLETIN_WRITE, at=NATIONWIDE))
    require(rules.may_revise(BulletinState(bulletin.state)))
    require(rules.may_address(audience))
    columns = _columns(content, tlp, audience, acknowledge_by)
    for name, value in columns.items():
        setattr(bulletin, name, value)
    bulletin.author_ids = sorted({*bulletin.author_ids, str(by.account_id)})
    bulletin.save(update_fields=[*columns, "author_ids"])
    _record("bulletin.revise", bulletin, by=by, now=now)
    return bulletin


@transaction.atomic
def issue(
    title_ja: str,
    title_en: str,
    body_ja: str,
    body_en: str,
    *,
    tlp: Tlp,
    audience: Audience,
    by: Viewer,
    now: datetime,
    key: str,
    source: str,
    acknowledge_by: datetime | None = None,
) -> Bulletin:
    """A bulletin written and issued at once, by the verb of another slice; the same key issues once."""
    assert source, "people write a draft, and another person issues it"
    content = Content(title_ja, title_en, body_ja, body_en)
    bulletin = draft(
        content, tlp=tlp, audience=audience, by=by, now=now, acknowledge_by=acknowledge_by, key=key, source=source
    )
    return bulletin if bulletin.state != BulletinState.DRAFT else issue_draft(bulletin.pk, by=by, now=now)


@transaction.atomic
def issue_draft(bulletin_id: UUID, *, by: Viewer, now: datetime) -> Bulletin:
    """Sends a draft to its audience as it is at this moment; from here on its words stand."""
    bulletin = _locked(bulletin_id, by=by)
    require(access.may(by, Permission.BULLETIN_ISSUE, at=NATIONWIDE))
    facts = bulletin.facts(names=queries.named_in(bulletin.content()))
    reaches = queries.count_reached(bulletin.audience())
    require(rules.may_issue(facts, by=by.account_id, reaches=reaches, k=settings.DISCLOSURE_K, now=now))
    bulletin.state, bulletin.issued_at, bulletin.issued_by_id = BulletinState.ISSUED, now, by.account_id
    bulletin.recipient_count = _address(bulletin)
    bulletin.save(update_fields=["state", "issued_at", "issued_by", "recipient_count"])
    _record("bulletin.issue", bulletin, by=by, now=now, tlp=bulletin.tlp, recipients=bulletin.recipient_count)
    publish(BulletinIssued(bulletin.pk))
    return bulletin


@transaction.atomic
def tell_some(bulletin_id: UUID, *, now: datetime, limit: int = TOLD_AT_ONCE) -> int:
    """Gives the next untold recipients their duty and their managers a mail; returns how many were told.

    Called until it returns 0. Interrupted anywhere it goes on where it stopped, and nobody is told twice.
    """
    bulletin = Bulletin.objects.select_for_update(of=("self",)).filter(pk=bulletin_id).first()
    if bulletin is None or bulletin.state != BulletinState.ISSUED:
        return 0
    batch = dict(
        Recipient.objects.filter(bulletin_id=bulletin_id, told_at=None)
        .order_by("pk")
        .values_list("pk", "institution_id")[:limit]
    )
    if not batch:
        return 0
    waiting = set(Recipient.objects.filter(pk__in=batch, acknowledged_at=None).values_list("institution_id", flat=True))
    if bulletin.acknowledge_by is not None and waiting:
        _impose(bulletin, waiting, now=now)
    _queue_mails(bulletin, waiting, now=now)
    Recipient.objects.filter(pk__in=batch).update(told_at=now)
    return len(batch)


@transaction.atomic
def note_opened(bulletin_id: UUID, *, by: Viewer, now: datetime) -> int:
    """Remembers that someone of these institutions has looked; returns for how many it was the first time."""
    bulletin = _visible(bulletin_id, by=by)
    if bulletin.state == BulletinState.DRAFT or by.account_id is None:
        return 0
    if rules.READS_ARE_RECORDED & {Tlp(bulletin.tlp)}:
        audit.record_read("bulletin.open", subject="bulletin", subject_id=bulletin.pk, by=by.account_id, now=now)
    own = access.reach(by, Permission.BULLETIN_READ).institution_ids
    return Recipient.objects.filter(bulletin_id=bulletin_id, institution_id__in=own, opened_at=None).update(
        opened_at=now, opened_by_id=by.account_id
    )


@transaction.atomic
def acknowledge(bulletin_id: UUID, institution_id: int, *, by: Viewer, now: datetime) -> Recipient:
    """An institution has taken note. That ends its duty; saying it again changes nothing."""
    return _advance(bulletin_id, institution_id, Stage.ACKNOWLEDGED, by=by, now=now)


@transaction.atomic
def mark_done(bulletin_id: UUID, institution_id: int, *, by: Viewer, now: datetime) -> Recipient:
    """An institution has done what the bulletin asks for, and so has also taken note."""
    return _advance(bulletin_id, institution_id, Stage.DONE, by=by, now=now)


@transaction.atomic
def withdraw(bulletin_id: UUID, *, why: str, by: Viewer, now: datetime, source: str = "") -> Bulletin:
    """Takes an issued bulletin back: it stays readable with the reason, and its duties fall away.

    `source` is the room that wrote it and now takes it back; people take back what people wrote.
    """
    bulletin = _locked(bulletin_id, by=by)
    require(access.may(by, Permission.BULLETIN_ISSUE, at=NATIONWIDE))
    require(rules.is_withdrawn_here(bulletin.source, asked_by=source))
    require(rules.may_withdraw(BulletinState(bulletin.state), why=why, names=tuple(register.named_in(why))))
    bulletin.state, bulletin.withdrawn_at, bulletin.withdrawn_by_id = BulletinState.WITHDRAWN, now, by.account_id
    bulletin.withdrawn_why = why.strip()
    bulletin.save(update_fields=["state", "withdrawn_at", "withdrawn_by", "withdrawn_why"])
    duties.supersede(DUTY, subject="bulletin", subject_id=str(bulletin.pk), now=now, by=by.account_id)
    _record("bulletin.withdraw", bulletin, by=by, now=now)
    return bulletin


@transaction.atomic
def note_owned_products(institution_id: int, products: Iterable[str]) -> None:
    """Replaces what is known about the products of an institution; called by the ledger whenever it changes."""
    wanted = {rules.product_key(product) for product in products} - {""}
    held = OwnedProduct.objects.select_for_update().filter(institution_id=institution_id)
    known = set(held.values_list("product", flat=True))
    held.filter(product__in=known - wanted).delete()
    OwnedProduct.objects.bulk_create(
        (OwnedProduct(institution_id=institution_id, product=product) for product in sorted(wanted - known)),
        ignore_conflicts=True,
    )


def _advance(bulletin_id: UUID, institution_id: int, stage: Stage, *, by: Viewer, now: datetime) -> Recipient:
    bulletin = _visible(bulletin_id, by=by)
    require(access.may(by, Permission.BULLETIN_ACKNOWLEDGE, at=grants.place_of_institution(institution_id)))
    receipt = (
        Recipient.objects.select_for_update(of=("self",))
        .filter(bulletin_id=bulletin_id, institution_id=institution_id)
        .first()
    )
    require(rules.may_acknowledge(BulletinState(bulletin.state), is_recipient=receipt is not None))
    assert receipt is not None, "may_acknowledge refuses whoever did not receive it"
    stems = ["opened", "acknowledged"] + (["done"] if stage is Stage.DONE else [])
    missing = [stem for stem in stems if getattr(receipt, f"{stem}_at") is None]
    if not missing:
        return receipt
    for stem in missing:
        setattr(receipt, f"{stem}_at", now)
        setattr(receipt, f"{stem}_by_id", by.account_id)
    receipt.save(update_fields=[f"{stem}_{end}" for stem in missing for end in ("at", "by")])
    duties.settle(
        DUTY,
        subject="bulletin",
        subject_id=str(bulletin_id),
        institution_id=institution_id,
        by=by.account_id,
        now=now,
    )
    audit.record(
        f"bulletin.{stage}",
        subject="bulletin",
        subject_id=bulletin_id,
        by=by.account_id,
        now=now,
        institution_id=institution_id,
    )
    return receipt


def _address(bulletin: Bulletin) -> int:
    """Writes one row per institution of the audience inside the database: 180,000 rows never travel through Python."""
    reached = (
        queries.reached_by(bulletin.audience())
        .order_by()
        .annotate(for_bulletin=Value(bulletin.pk, output_field=Bulletin._meta.pk))
        .values_list("for_bulletin", "pk", "prefecture")
    )
    chosen, params = reached.query.sql_with_params()
    table = connection.ops.quote_name(Recipient._meta.db_table)
    with connection.cursor() as cursor:
        # `chosen` is SQL compiled by Django; every value travels as a parameter.
        cursor.execute(f"INSERT INTO {table} (bulletin_id, institution_id, prefecture) {chosen}", params)
    return Recipient.objects.filter(bulletin=bulletin).count()


def _impose(bulletin: Bulletin, institution_ids: Collection[int], *, now: datetime) -> None:
    assert bulletin.issued_at is not None
    duties.impose_many(
        DUTY,
        institution_ids=sorted(institution_ids),
        subject="bulletin",
        subject_id=str(bulletin.pk),
        known_at=bulletin.issued_at,
        due_at=bulletin.acknowledge_by,
        now=now,
        facts={"title": _open_title(bulletin)},
    )


def _queue_mails(bulletin: Bulletin, institution_ids: Collection[int], *, now: datetime) -> None:
    context: dict[str, Any] = {
        "title": _open_title(bulletin),
        "tlp": bulletin.tlp,
        "acknowledge_by": bulletin.acknowledge_by,
        "path": f"/bulletins/{bulletin.pk}/",
    }
    notifications.queue_mails(
        "bulletins/issued",
        to=[
            notifications.Recipient(person.account_id, context, f"bulletin:{bulletin.pk}:{person.account_id}")
            for person in queries.people_to_tell(institution_ids, now=now)
        ],
        now=now,
    )


def _open_title(bulletin: Bulletin) -> dict[str, str]:
    """How a bulletin is called where more people look than may read it: by its title only if everyone may know that."""
    if Tlp(bulletin.tlp) in rules.MAY_STAND_IN_MAIL:
        return {"ja": bulletin.title_ja, "en": bulletin.title_en}
    mark = f"TLP:{bulletin.tlp.upper()}"
    return {"ja": f"{mark}のお知らせ", "en": f"Bulletin {mark}"}


def _columns(content: Content, tlp: Tlp, audience: Audience, acknowledge_by: datetime | None) -> dict[str, Any]:
    return {
        "title_ja": content.title_ja,
        "title_en": content.title_en,
        "body_ja": content.body_ja,
        "body_en": content.body_en,
        "tlp": tlp,
        "audience_kinds": sorted(audience.kinds),
        "audience_beds_from": audience.beds_from,
        "audience_beds_to": audience.beds_to,
        "audience_prefectures": sorted(audience.prefectures),
        "audience_product": audience.product,
        "audience_institution_ids": sorted(audience.institution_ids),
        "audience_population": audience.population or "",
        "acknowledge_by": acknowledge_by,
    }


def _visible(bulletin_id: UUID, *, by: Viewer) -> Bulletin:
    bulletin = Bulletin.objects.visible_to(by).filter(pk=bulletin_id).first()
    if bulletin is None:
        raise Gone("bulletin", bulletin_id)
    return bulletin


def _locked(bulletin_id: UUID, *, by: Viewer) -> Bulletin:
    bulletin = Bulletin.objects.select_for_update(of=("self",)).visible_to(by).filter(pk=bulletin_id).first()
    if bulletin is None:
        raise Gone("bulletin", bulletin_id)
    return bulletin


def _record(verb: str, bulletin: Bulletin, *, by: Viewer, now: datetime, **facts: object) -> None:
    audit.record(verb, subject="bulletin", subject_id=bulletin.pk, by=by.account_id, now=now, facts=facts)
