"""`sonae account`: the first accounts of an installation, where no one is signed in yet."""

from datetime import datetime
from typing import Annotated

import typer
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sonae.core.access import rules, services
from sonae.core.access.vocabulary import Place, PlaceKind
from sonae.core.accounts.models import Invitation
from sonae.core.accounts.vocabulary import Language, Role
from sonae.core.institutions.models import Institution, Jurisdiction
from sonae.core.institutions.vocabulary import Prefecture
from sonae.core.web import problems, words
from sonae.kernel.errors import SonaeError
from sonae.site import witnesses

app = typer.Typer(no_args_is_help=True, help=_("Accounts."))


@app.callback()
def accounts() -> None:
    """Accounts."""


@app.command(help=_("Invites someone and prints the one-time link, which is shown nowhere else, and when it ends."))
def invite(
    email: str,
    *,
    name: Annotated[str, typer.Option(help=_("The person's name, family name first."))],
    role: Annotated[Role, typer.Option(help=_("The role they shall have."))] = Role.OPERATOR,
    institution: Annotated[str, typer.Option(help=_("Register code, for roles at an institution."))] = "",
    jurisdiction: Annotated[str, typer.Option(help=_("Municipality code, for inspectors."))] = "",
    prefecture: Annotated[str, typer.Option(help=_("Code of the prefecture, 01 to 47, for its officers."))] = "",
    language: Annotated[Language, typer.Option(help=_("Language of the mails."))] = Language.JAPANESE,
) -> None:
    """Invites someone and prints the one-time link, which is shown nowhere else, and when it ends."""
    at = _place(role, institution=institution, jurisdiction=jurisdiction, prefecture=prefecture)
    now = timezone.now()
    pending = _pending(email, now=now)
    try:
        with transaction.atomic():
            invitation, secret = services.found_by_invitation(
                email, name=name, role=role, at=at, now=now, language=language
            )
            witnesses.tell_of_invitation(invitation, role, by=None, at=at, now=now)
    except SonaeError as refused:
        typer.echo(problems.sentence(refused), err=True)
        raise typer.Exit(1) from refused
    # The link alone goes to the standard output, so that it can be piped; what to know of it goes beside.
    typer.echo(settings.BASE_URL.rstrip("/") + reverse("grants:accept", args=[secret]))
    _explain(invitation, pending=pending)


def _pending(email: str, *, now: datetime) -> list[Invitation]:
    """Invitations to this address that somebody could still accept."""
    unused = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=now)
    return list(unused.filter(email__iexact=email.strip()))


def _explain(invitation: Invitation, *, pending: list[Invitation]) -> None:
    said = _(
        "The link works once, until %(end)s. Please hand it to %(name)s in a safe way: no mail is sent, and it is "
        "shown only here. Whoever opens it sets a password and a second factor, or signs in if the address has an "
        "account."
    )
    typer.echo(said % {"end": words.jst(invitation.expires_at), "name": invitation.name}, err=True)
    for earlier in pending:
        said = _(
            "An invitation of %(sent)s to the same address is still open until %(end)s. The first link that is used "
            "counts; please withdraw the other on the page of accounts."
        )
        facts = {"sent": words.jst(earlier.created_at), "end": words.jst(earlier.expires_at)}
        typer.echo(said % facts, err=True)


def _place(role: Role, *, institution: str, jurisdiction: str, prefecture: str) -> Place:
    match rules.PLACE_OF_ROLE[role]:
        case PlaceKind.NATION:
            return Place()
        case PlaceKind.INSTITUTION:
            found = Institution.objects.filter(register_code=institution).first()
            if found is None:
                raise typer.BadParameter(
                    _("the register has no institution with this code"), param_hint="--institution"
                )
            return services.place_of_institution(found.pk)
        case PlaceKind.PREFECTURE:
            if prefecture not in Prefecture:
                raise typer.BadParameter(_("there is no prefecture with this code"), param_hint="--prefecture")
            return Place(prefecture=Prefecture(prefecture))
        case PlaceKind.JURISDICTION:
            body = Jurisdiction.objects.filter(code=jurisdiction).first()
            if body is None:
                raise typer.BadParameter(_("there is no inspecting body with this code"), param_hint="--jurisdiction")
            return Place(jurisdiction_id=body.pk)
    raise typer.BadParameter(_("people at vendors are invited on the page of the vendor"), param_hint="--role")
