"""Letting a vendor answer by a link in a mail, without an account: sending, opening and taking back the link."""

from datetime import datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from sonae.core.accounts.vocabulary import Language, Viewer
from sonae.core.instruments import link_rules as rules
from sonae.core.instruments import queries
from sonae.core.instruments.models import AnswerLink
from sonae.core.instruments.services.answering import (
    locked,
    locked_for_answers,
    record,
    require_of_the_house,
    require_visible,
)
from sonae.core.instruments.vocabulary import LinkRefusal
from sonae.core.notifications import services as notifications
from sonae.kernel.decision import Refused, require
from sonae.kernel.errors import Gone
from sonae.kernel.ids import digest, secret_token


@transaction.atomic
def send_link(
    response_id: UUID, *, name: str, address: str, by: Viewer, now: datetime, language: Language = Language.JAPANESE
) -> AnswerLink:
    """Mails a link to somebody of the vendor that a response is about; nobody else ever sees it.

    It takes the place of links that nobody opened yet. Whoever opened one goes on with it until this one is opened.
    """
    response = locked_for_answers(response_id, by=by)
    require_of_the_house(response, by=by)
    require(rules.may_send(queries.send_facts(response, now=now), name=name))
    assert by.account_id is not None, "people of the institution send links"
    response.links.filter(opened_at=None, revoked_at=None, replaced_at=None).update(replaced_at=now)
    secret = secret_token("sonae_ans")
    link = AnswerLink.objects.create(
        response=response, name=name.strip(), address=_valid(address), language=language,
        secret_digest=digest(secret), sent_at=now, sent_by_id=by.account_id, expires_at=now + rules.LINK_LASTS,
    )  # fmt: skip
    record("answer-link.send", response, by=by.account_id, now=now, facts={"link": str(link.pk)})
    _mail(link, secret)
    return link


@transaction.atomic
def remind(response_id: UUID, *, by: Viewer, now: datetime) -> AnswerLink:
    """Sends whoever was asked last a new link; raises Gone where nobody was asked yet."""
    response = locked_for_answers(response_id, by=by)
    require_of_the_house(response, by=by)
    last = queries.last_link(response)
    if last is None:
        raise Gone("link", response_id)
    language = Language(last.language)
    return send_link(response_id, name=last.name, address=last.address, by=by, now=now, language=language)


@transaction.atomic
def revoke_links(response_id: UUID, *, by: Viewer, now: datetime) -> int:
    """Takes back every link of a response, opened or not; whoever was let in by one is outside from now on."""
    response = locked(response_id)
    require_visible(response, by=by)
    require_of_the_house(response, by=by)
    alive = response.links.filter(revoked_at=None, replaced_at=None, expires_at__gt=now)
    revoked = alive.update(revoked_at=now, revoked_by_id=by.account_id)
    if not revoked:
        require(Refused(LinkRefusal.NONE_TO_REVOKE))
    record("answer-link.revoke", response, by=by.account_id, now=now, facts={"count": revoked})
    return revoked


def found_link(secret: str, *, now: datetime) -> AnswerLink:
    """The link of this secret, if it still opens; raises Gone for an unknown secret. Nothing changes by this."""
    return _opening(_with_response(), secret, now=now)


@transaction.atomic
def open_link(secret: str, *, now: datetime) -> tuple[AnswerLink, str]:
    """Opens a link once: the secret of the session that it begins, which is shown here and kept nowhere."""
    link = _opening(_with_response().select_for_update(of=("self",)), secret, now=now)
    session = secret_token("sonae_ses")
    link.opened_at, link.session_digest = now, digest(session)
    link.save(update_fields=["opened_at", "session_digest"])
    others = link.response.links.exclude(pk=link.pk).filter(revoked_at=None, replaced_at=None)
    others.update(replaced_at=now)
    record("answer-link.open", link.response, by=None, now=now, facts={"link": str(link.pk)})
    return link, session


def admitted(link: AnswerLink) -> Viewer:
    """As whom a vendor acts that was let in by this link: nobody, anywhere but at one response."""
    return Viewer(admitted_to=link.response_id)


def _opening(links: QuerySet[AnswerLink], secret: str, *, now: datetime) -> AnswerLink:
    link = links.filter(secret_digest=digest(secret)).first()
    if link is None:
        raise Gone("link", "secret")
    require(rules.may_open(link.facts(), now=now))
    require(queries.link_holds(link, now=now))
    return link


def _with_response() -> QuerySet[AnswerLink]:
    return AnswerLink.objects.select_related(
        "response__edition", "response__institution", "response__vendor", "sent_by"
    )


def _valid(address: str) -> str:
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        require(Refused(LinkRefusal.ADDRESS_INVALID))
    return address


def _mail(link: AnswerLink, secret: str) -> None:
    response = link.response
    notifications.queue_mail_to_address(
        "instruments/answer_link",
        address=link.address,
        language=link.language,
        context={
            "name": link.name,
            "vendor": str(response.vendor),
            "institution": str(response.institution),
            "title_ja": response.edition.title_ja,
            "title_en": response.edition.title_en or response.edition.title_ja,
            "expires_at": link.expires_at,
            # The outbox forgets what a mail said as soon as the mail was sent.
            "path": reverse("answering:open", args=[secret]),
        },
        key=f"answer-link:{link.pk}",
        now=link.sent_at,
    )
