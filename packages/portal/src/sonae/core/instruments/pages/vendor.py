"""What an institution sees of the link by which its vendor answers, and what the vendor sees of itself."""

from dataclasses import dataclass
from datetime import datetime

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.instruments import link_rules, queries
from sonae.core.instruments import response_rules as rules
from sonae.core.instruments.forms import LinkForm, ReturnForm
from sonae.core.instruments.models import Response
from sonae.core.instruments.vocabulary import LinkState, ResponseState
from sonae.core.web import words
from sonae.core.web.components import Tone
from sonae.kernel.decision import Decision

_TONES = {
    LinkState.SENT: Tone.INFO,
    LinkState.OPENED: Tone.SUCCESS,
    LinkState.REPLACED: Tone.NEUTRAL,
    LinkState.REVOKED: Tone.WARNING,
    LinkState.EXPIRED: Tone.WARNING,
}


@dataclass(frozen=True, slots=True)
class VendorLink:
    """The link of one response as the institution sees it; without `state` none was sent yet."""

    form: LinkForm
    returning: ReturnForm
    may_send: bool
    may_return: Decision
    is_alive: bool = False
    state: str = ""
    tone: Tone = Tone.NEUTRAL
    name: str = ""
    address: str = ""
    sent_at: datetime | None = None
    opened_at: datetime | None = None
    expires_at: datetime | None = None


def vendor_link(
    response: Response,
    *,
    viewer: Viewer,
    now: datetime,
    form: LinkForm | None = None,
    returning: ReturnForm | None = None,
) -> VendorLink | None:
    """What this viewer sees of the link of a vendor's form; None where there is nothing for them to see.

    A form that was refused comes back with what was typed.
    """
    if response.vendor is None or not access.may(viewer, Permission.RESPONSE_ANSWER, at=queries.place_of(response)).ok:
        return None
    last, handed_in = queries.last_link(response), queries.handed_in(response)
    is_signed = handed_in is not None and handed_in.by_id is None
    initial = {"name": last.name, "address": last.address} if last else {"address": response.vendor.email}
    base = {
        "form": form or LinkForm(initial=initial),
        "returning": returning or ReturnForm(auto_id="vendor_%s"),
        "may_send": rules.may_answer(ResponseState(response.state)).ok,
        "may_return": link_rules.may_return_to_vendor(ResponseState(response.state), is_signed_by_vendor=is_signed),
    }
    if last is None:
        return VendorLink(**base)  # type: ignore[arg-type]
    state = link_rules.state_of(last.facts(), now=now)
    return VendorLink(
        **base,  # type: ignore[arg-type]
        is_alive=state in (LinkState.SENT, LinkState.OPENED),
        state=words.of(state),
        tone=_TONES[state],
        name=last.name,
        address=last.address,
        sent_at=last.sent_at,
        opened_at=last.opened_at,
        expires_at=last.expires_at,
    )
