"""{% load duty_cards %}: the duties of a list as cards, for the pages of any room."""

from datetime import datetime
from typing import Any

from django import template

from sonae.core.duties import pages
from sonae.core.duties.models import Duty

register = template.Library()


@register.inclusion_tag("web/components/duty_card.html")
def duty_card(duty: Duty, now: datetime) -> dict[str, Any]:
    """The card of one duty as of `now`."""
    return {"duty": pages.card(duty, now=now)}
