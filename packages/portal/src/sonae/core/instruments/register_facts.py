"""What the register of institutions says, as sources for questions."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from sonae.core.institutions.models import Institution
from sonae.core.instruments import known
from sonae.core.instruments.known import Offer
from sonae.core.instruments.vocabulary import Origin
from sonae.kernel.calendar import jst_day

_FIELDS: dict[str, Callable[[Institution], object]] = {
    "register.name": lambda found: found.name,
    "register.address": lambda found: found.address,
    "register.kind": lambda found: found.kind,
    "register.prefecture": lambda found: found.prefecture,
    "register.municipality": lambda found: found.municipality,
    "register.register_code": lambda found: found.register_code,
    "register.licensed_beds": lambda found: found.licensed_beds,
}

# What people call them, as the pages of the register do.
_TITLES: dict[str, str | Promise] = {
    "name": _("Name of the institution"),
    "address": _("Address of the institution"),
    "kind": _("Kind of institution"),
    "prefecture": _("Prefecture"),
    "municipality": _("Municipality"),
    "register_code": _("Code of the institution"),
    "licensed_beds": _("Licensed beds"),
}


def title_of(name: str) -> str:
    """What a fact of the register (`licensed_beds`) is called; an unknown one, of an older version, by its name."""
    return str(_TITLES.get(name, name))


def bring_all() -> None:
    """Makes every fact of the register a source that a question may name."""
    for name in _FIELDS:
        known.bring(name, _READERS[name])


def _reader(name: str) -> known.Reader:
    def read(institution_id: int, now: datetime) -> Offer | None:
        found = Institution.objects.filter(pk=institution_id).first()
        value = None if found is None else _FIELDS[name](found)
        if found is None or value in (None, ""):
            return None
        return Offer(value, Origin.REGISTER, name.removeprefix("register."), _as_of(found, name, now=now))

    return read


def _as_of(found: Institution, name: str, *, now: datetime) -> date:
    """Beds are counted as of a day; the rest stands in the register as it is today."""
    is_beds = name == "register.licensed_beds"
    return found.licensed_beds_as_of if is_beds and found.licensed_beds_as_of else jst_day(now)


_READERS = {name: _reader(name) for name in _FIELDS}
