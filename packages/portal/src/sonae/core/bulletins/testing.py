"""Bulletins for the tests of other rooms: written by one person and issued by another, as people do it."""

from datetime import datetime
from typing import Any

from sonae.core.accounts.vocabulary import Viewer
from sonae.core.bulletins import services
from sonae.core.bulletins.models import Bulletin
from sonae.core.bulletins.vocabulary import BulletinState, Content


def an_issued_bulletin(content: Content, *, by: Viewer, issued_by: Viewer, now: datetime, **rest: Any) -> Bulletin:
    """A bulletin that stands; the same key gives the same one."""
    draft = services.draft(content, by=by, now=now, **rest)
    return draft if draft.state != BulletinState.DRAFT else services.issue_draft(draft.pk, by=issued_by, now=now)
