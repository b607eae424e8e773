"""The API under /api/v1: one OpenAPI document over the routers of all slices."""

import importlib
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.apps import apps
from django.conf import settings
from ninja import Router

from sonae import __version__
from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission, PlaceKind
from sonae.core.accounts.models import Account
from sonae.core.accounts.vocabulary import Language, Role
from sonae.core.web.http import SonaeRequest
from sonae.core.web.operations import Answer, AnyDoor, SonaeAPI, StrictParser, install_problem_answers
from sonae.prevention.inspections.visits import api as visits
from sonae.prevention.surveys.results import api as survey_results
from sonae.site.pages import audit_api, jobs_api
from sonae.site.pages.institutions import api as institutions
from sonae.site.pages.institutions import corrections_api, imports_api
from sonae.site.throttle import PerCaller

NAMESPACE = "api-v1"
DESCRIPTION = """\
The same verbs as the pages. Authorization: a token (`Authorization: Bearer …`), or the session of a page with its CSRF
token. Every refusal is `application/problem+json` with a reason code, its facts and both languages. Lists are cut into
pages by an opaque cursor; `next_cursor` is empty at the end. A request that changes something may carry an
`Idempotency-Key`: sent again with the same key and body within two days, it is carried out once and answered alike.
"""


class Held(Answer):
    """A role at its place."""

    role: Role
    kind: PlaceKind
    place_id: int | None


class Me(Answer):
    """Whoever asks. A program of an institution has no account; a token has scopes."""

    account_id: UUID | None
    email: str
    name: str
    language: Language | None
    roles: list[Held]
    institution_ids: list[int]
    scopes: list[Permission] | None


own = Router(tags=["me"])


@own.get("/me", auth=AnyDoor(), response=Me)
def me(request: SonaeRequest) -> Me:
    """Who the caller is, and what their token or their roles open."""
    viewer = request.viewer
    account = Account.objects.filter(pk=viewer.account_id).first() if viewer.account_id else None
    return Me(
        account_id=viewer.account_id,
        email=account.email if account else "",
        name=account.name if account else "",
        language=Language(account.language) if account else None,
        roles=[
            Held(role=role, kind=PlaceKind(kind), place_id=place_id)
            for role, kind, place_id in sorted(access.as_held(viewer), key=str)
        ],
        institution_ids=sorted(viewer.institution_ids),
        scopes=None if viewer.scopes is None else [Permission(scope) for scope in sorted(viewer.scopes)],
    )


def _routers() -> list[Router]:
    """The router of every slice that has one, in the order of the slices."""
    # The register lies below `core.web`, so its router lives here.
    found: list[Any] = [own, institutions.router, corrections_api.router, imports_api.router]
    for name in settings.SLICES:
        module = f"{name}.api"
        if name not in {"sonae.site", "sonae.core.web"} and apps.is_installed(name) and find_spec(module):
            found.append(importlib.import_module(module).router)
    return [*found, visits.router, survey_results.router, audit_api.router, jobs_api.router]


api = SonaeAPI(
    title="Sonae",
    version=__version__,
    description=DESCRIPTION,
    urls_namespace=NAMESPACE,
    docs_url=None,
    parser=StrictParser(),
    throttle=[PerCaller()],
)
install_problem_answers(api)
for _router in _routers():
    api.add_router("", _router)
