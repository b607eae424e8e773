"""Exposures, questions and names of products for the walk over every address; see `access_objects`."""

from typing import Any

from sonae.core.institutions.models import Institution
from sonae.prevention.exposure import services
from sonae.prevention.exposure.models import Exposure, NamePair, Question
from sonae.prevention.exposure.testing import a_device, a_notice, an_exposure
from sonae.testing.access_world import Factory, World, always

REASON = "製造業者の公表資料による"


def _exposure(world: World, hospital: Institution) -> Exposure:
    # Of a product of its own for each hospital, so that an advisory of the one is none of the other.
    product = f"Gateway {hospital.pk}00"
    found = Exposure.objects.filter(institution=hospital, notice__identifier=f"EX-{product}").first()
    by = world.managers[hospital.pk].viewer
    return found or an_exposure(hospital.pk, by=by, now=world.now, product=product)


def exposure(world: World, hospital: Institution) -> Any:
    return _exposure(world, hospital).pk


def notice(world: World, hospital: Institution) -> Any:
    return _exposure(world, hospital).notice_id


def _question(world: World, hospital: Institution) -> Question:
    found = Question.objects.filter(institution=hospital).first()
    if found is None:
        by = world.managers[hospital.pk].viewer
        a_device(hospital.pk, by=by, now=world.now, maker="Fortinet", product="FortiGate")
        a_notice(("Fortinet", "FortiGate 60F", "< 6.0.5"), now=world.now, identifier=f"EX-Q-{hospital.pk}")
        services.hold(now=world.now)
        found = Question.objects.get(institution=hospital)
    return found


def question(world: World, hospital: Institution) -> Any:
    return _question(world, hospital).pk


def pair(world: World, hospital: Institution) -> Any:
    return _question(world, hospital).pair_id


STEP = {"to": "ours"}
ANSWER = {"answer": "unknown"}


def _decision(*, of_api: bool) -> Factory:
    def made(_world: World, _hospital: Institution) -> dict[str, Any]:
        # Never what stands already, however often it is sent.
        is_same = not NamePair.objects.filter(state="confirmed").exists()
        said = {"is_same": is_same} if of_api else {"decision": "same" if is_same else "different"}
        return {"why": REASON} | said

    return made


FACTORIES: dict[str, Factory] = {
    "exposure_id": exposure,
    "notice_id": notice,
    "exposure:question.question_id": question,
    "exposure_question_id": question,
    "pair_id": pair,
}
BODIES: dict[str, Factory] = {
    "POST exposure:step": always(STEP),
    "POST exposure:question": always(ANSWER),
    "POST exposure:pair": _decision(of_api=False),
    "POST /api/v1/exposures/{exposure_id}/steps": always(STEP),
    "POST /api/v1/exposure-questions/{exposure_question_id}/answer": always(ANSWER),
    "POST /api/v1/product-names/{pair_id}/decision": _decision(of_api=True),
}
