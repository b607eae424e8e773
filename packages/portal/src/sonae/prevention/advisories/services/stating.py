"""A person says what a version text means: once, for every statement with this text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from sonae.core.access import rules as access
from sonae.core.access.vocabulary import Permission
from sonae.core.accounts.vocabulary import Viewer
from sonae.core.audit import services as audit
from sonae.kernel.decision import Decision, require
from sonae.kernel.errors import Gone
from sonae.prevention.advisories import engine, rules
from sonae.prevention.advisories.models import StatedRange, VersionText
from sonae.prevention.advisories.vocabulary import Covered

MOST_TRIED = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """How a range would be read, and what it says of versions that somebody tries."""

    understood: engine.Understood
    tried: tuple[tuple[str, Covered], ...]
    may_stand: Decision


def preview(said: str, *, versions: Sequence[str], why: str = "") -> Preview:
    """The range as the engine reads it, with an answer for each version; nothing is kept."""
    understood = engine.understand(said)
    tried = tuple((version, engine.covers(said, version)) for version in versions[:MOST_TRIED])
    return Preview(understood, tried, rules.may_state(understood.certainty, understood.part, reason=why))


@transaction.atomic
def state_range(version_text_id: int, *, said: str, why: str, by: Viewer, now: datetime) -> StatedRange:
    """Keeps what a person says a text means, for every statement with it; what was said before stays in its history."""
    text = VersionText.objects.select_for_update(of=("self",)).filter(pk=version_text_id).first()
    if text is None:
        raise Gone("version_text", version_text_id)
    require(access.may(by, Permission.ADVISORY_STATE))
    said = said.strip()
    understood = engine.understand(said)
    require(rules.may_state(understood.certainty, understood.part, reason=why))
    StatedRange.objects.filter(version_text=text, replaced_at=None).update(
        replaced_at=now, replaced_by_id=by.account_id
    )  # fmt: skip
    stated = StatedRange.objects.create(
        version_text=text, said=said, ranges=list(understood.ranges), why=why.strip(), stated_at=now,
        stated_by_id=by.account_id,
    )  # fmt: skip
    text.stated = stated
    text.save(update_fields=["stated"])
    audit.record(
        "advisory.state_range", subject="version_text", subject_id=text.pk, by=by.account_id, now=now,
        facts={"text": text.text[:200], "said": said[:200]},
    )  # fmt: skip
    return stated
