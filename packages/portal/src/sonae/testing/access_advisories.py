"""Advisories, their texts, sources and imports for the walk over every address; see `access_objects`."""

from typing import Any

from sonae.core.institutions.models import Institution
from sonae.prevention.advisories import services
from sonae.prevention.advisories import testing as samples
from sonae.prevention.advisories.models import Source
from sonae.prevention.advisories.vocabulary import SourceKind
from sonae.testing.access_world import Factory, World, always


def advisory(world: World, _hospital: Institution) -> Any:
    return samples.an_advisory(now=world.now).pk


def version_text(world: World, _hospital: Institution) -> Any:
    return samples.a_text_to_read(now=world.now).pk


def _added(world: World, name: str) -> Source:
    found = Source.objects.filter(name=name).first()
    address = f"https://{name}.example.jp/kev.json"
    return found or services.add_source(name, kind=SourceKind.KEV, address=address, by=None, now=world.now)


def source(world: World, _hospital: Institution) -> Any:
    return _added(world, "walked").pk


def paused_source(world: World, _hospital: Institution) -> Any:
    found = _added(world, "paused")
    if found.paused_at is None:
        services.pause_source(found.pk, by=world.people["analyst"].viewer, now=world.now)
    return found.pk


def feed_run(world: World, _hospital: Institution) -> Any:
    return services.begin_import("ex.json", by=None, now=world.now).pk


RANGE = {"said": ">=1.0 <2.3", "why": "製造業者の公表資料による"}
_KEV = {"kind": "kev", "address": "https://walked.example.jp/other.json"}


def _another_source(_world: World, _hospital: Institution) -> dict[str, Any]:
    # A name of its own for each time it is sent: a second one is refused.
    return {"name": f"walked-{Source.objects.count()}"} | _KEV


def _file(_world: World, _hospital: Institution) -> dict[str, Any]:
    return {"file": samples.as_upload()}


FACTORIES: dict[str, Factory] = {
    "advisory_id": advisory,
    "advisories:detail.pk": advisory,
    "advisories:document.pk": advisory,
    "text_id": version_text,
    "advisories:version_text.pk": version_text,
    "advisories:state.pk": version_text,
    "source_id": source,
    "advisories:source.pk": source,
    "advisories:pull.pk": source,
    "advisories:pause.pk": source,
    "advisories:resume.pk": paused_source,
    "/api/v1/advisory-sources/{source_id}/resumption.source_id": paused_source,
    "advisories:import.pk": feed_run,
    "advisories:progress.pk": feed_run,
    "advisories:cancel.pk": feed_run,
    "/api/v1/advisory-imports/{run_id}.run_id": feed_run,
    "/api/v1/advisory-imports/{run_id}/documents.run_id": feed_run,
    "/api/v1/advisory-imports/{run_id}/cancellation.run_id": feed_run,
}

BODIES: dict[str, Factory] = {
    "POST advisories:add_source": _another_source,
    "POST advisories:upload": _file,
    "POST advisories:state": always(RANGE | {"step": "state"}),
    "POST /api/v1/advisory-sources": _another_source,
    "POST /api/v1/advisory-imports": _file,
    "POST /api/v1/version-texts/{text_id}/range": always(RANGE),
    "POST /api/v1/version-texts/{text_id}/trial": always({"said": "<2.3"}),
}
