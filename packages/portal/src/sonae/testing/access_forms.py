"""Forms and responses of the two hospitals for the walk over every address; see `access_objects`."""

from typing import Any

from sonae.core.institutions.models import Institution, Vendor
from sonae.core.institutions.testing import a_vendor
from sonae.core.instruments import services as instruments
from sonae.core.instruments.models import AnswerLink
from sonae.core.instruments.testing import FORM, a_response, a_vendor_response, an_edition
from sonae.core.notifications.models import Message
from sonae.testing.access_world import Factory, World, always, made_once


def edition(world: World, _hospital: Institution) -> Any:
    return an_edition(by=world.people["officer"].viewer, now=world.now).pk


def later_edition(world: World, hospital: Institution) -> Any:
    made_once(edition, world, hospital)
    form = FORM.replace('edition: "2026"', 'edition: "2027"').replace("fiscal_year: 2026", "fiscal_year: 2027")
    return an_edition(by=world.people["officer"].viewer, now=world.now, form=form).pk


def form_draft(world: World, _hospital: Institution) -> Any:
    by = world.people["officer"].viewer
    return instruments.take_in(FORM.encode(), file_name="form.yaml", by=by, now=world.now).pk


def response(world: World, hospital: Institution) -> Any:
    officer, manager = world.people["officer"].viewer, world.managers[hospital.pk].viewer
    begun = a_response(hospital.pk, officer=officer, by=manager, now=world.now, occasion="complete")
    instruments.save_answers(begun.pk, {"gate": "yes", "beds": 120}, seen=0, by=manager, now=world.now)
    return begun.pk


def submitted_response(world: World, hospital: Institution) -> Any:
    officer, manager = world.people["officer"].viewer, world.managers[hospital.pk].viewer
    return a_response(hospital.pk, officer=officer, by=manager, now=world.now, is_handed_in=True).pk


def vendor_response(world: World, hospital: Institution) -> Any:
    officer, manager = world.people["officer"].viewer, world.managers[hospital.pk].viewer
    vendor = a_vendor(f"保守会社{Vendor.objects.count()}", now=world.now)
    return a_vendor_response(hospital.pk, vendor_id=vendor.pk, officer=officer, by=manager, now=world.now).pk


def linked_response(world: World, hospital: Institution) -> Any:
    """The form of a vendor to which a link was sent."""
    found = vendor_response(world, hospital)
    by = world.managers[hospital.pk].viewer
    instruments.send_link(found, name="窓口", address="link@vendor.example", by=by, now=world.now)
    return found


def signed_response(world: World, hospital: Institution) -> Any:
    """The same, submitted by the vendor."""
    found = linked_response(world, hospital)
    guest = instruments.admitted(AnswerLink.objects.get(response_id=found))
    instruments.save_answers(found, {"gate": "no"}, seen=0, by=guest, now=world.now)
    instruments.submit_as_vendor(found, name="窓口", position="部長", seen=1, by=guest, now=world.now)
    return found


def link_secret(world: World, hospital: Institution) -> Any:
    link = AnswerLink.objects.get(response_id=linked_response(world, hospital))
    path: str = Message.objects.get(key=f"answer-link:{link.pk}").context["path"]
    return path.rstrip("/").rpartition("/")[2]


def acceptances(world: World, hospital: Institution) -> Any:
    """What an officer has begun to accept at once."""
    officer, manager = world.people["officer"].viewer, world.managers[hospital.pk].viewer
    said: Any = {"officer": officer, "by": manager, "now": world.now, "is_handed_in": True}
    found = a_response(hospital.pk, occasion="many", **said)
    return instruments.begin_accepting([(found.pk, 1)], by=officer, now=world.now).pk


FACTORIES: dict[str, Factory] = {
    "edition_id": edition,
    "instruments:map.edition_id": later_edition,
    "instruments:map-file.edition_id": later_edition,
    "instruments:take-map.edition_id": later_edition,
    "instruments:confirm-same.edition_id": later_edition,
    "instruments:pair.edition_id": later_edition,
    "instruments:pair.question": always("gate"),
    "earlier_id": edition,
    "/api/v1/instruments/{edition_id}/since/{earlier_id}.edition_id": later_edition,
    "/api/v1/instruments/{edition_id}/since/{earlier_id}/table.edition_id": later_edition,
    "/api/v1/instruments/{edition_id}/since/{earlier_id}/same.edition_id": later_edition,
    "draft_id": form_draft,
    "response_id": response,
    "instruments:accept.response_id": submitted_response,
    "instruments:return.response_id": submitted_response,
    "instruments:paper.response_id": submitted_response,
    "instruments:copy.response_id": submitted_response,
    "/api/v1/responses/{response_id}/submission/pdf.response_id": submitted_response,
    "/api/v1/responses/{response_id}/submission/workbook.response_id": submitted_response,
    "instruments:send-link.response_id": vendor_response,
    "instruments:remind.response_id": linked_response,
    "instruments:revoke-links.response_id": linked_response,
    "instruments:return-to-vendor.response_id": signed_response,
    "answering:open.secret": link_secret,
    "/api/v1/responses/{response_id}/acceptance.response_id": submitted_response,
    "/api/v1/responses/{response_id}/return.response_id": submitted_response,
    "instruments:file.question": always("plan"),
    "number": always(1),
    "acceptances_id": acceptances,
}
