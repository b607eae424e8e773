"""What the pages say where the checklist of a fiscal year has not been loaded yet, and which form is shown instead.

Nobody invents the form of a year: its text comes from the ministry's workbook, which an officer loads.
"""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from sonae.core.instruments.models import Edition
from sonae.core.web.components import Tone
from sonae.kernel import calendar
from sonae.prevention.inspections import queries
from sonae.prevention.inspections.visits import basis
from sonae.prevention.inspections.visits.wording import form_words, year_words


@dataclass(frozen=True, slots=True)
class Told:
    """A notice: what is so, what it means for whoever reads it, and the way on."""

    title: str
    text: str
    tone: Tone = Tone.WARNING
    href: str = ""
    action: str = ""


def to_institution(institution_id: int, shown: int, *, today: date) -> Told | None:
    """For the page of a fiscal year that is not this one: whether this year's form is here, and what to do."""
    this = calendar.fiscal_year(today)
    if shown == this:
        return None
    loaded = queries.years(today=today)
    newest = loaded[0] if loaded else shown
    facts = {"this": year_words(this), "shown": year_words(shown), "newest": year_words(newest)}
    if newest == this:
        return Told(
            _("You are looking at the form of %(shown)s.") % facts,
            _("The form of this fiscal year, %(this)s, is here.") % facts,
            Tone.INFO,
            reverse("inspections:preparation", args=[institution_id, this]),
            _("Go to the form of %(this)s") % facts,
        )
    title = _("The form of this fiscal year, %(this)s, has not been loaded yet.") % facts
    if shown == newest:
        return Told(
            title,
            _(
                "Until the ministry has loaded it, the form of %(shown)s is shown here, as the form of a year before. "
                "You need not do anything now. If you like, you can prepare with it: you are asked to answer the form "
                "of %(this)s once it is here."
            )
            % facts,
        )
    return Told(
        title,
        _("You are looking at the form of %(shown)s. The newest form that is here is that of %(newest)s.") % facts,
        Tone.WARNING,
        reverse("inspections:preparation", args=[institution_id, newest]),
        _("Go to the form of %(newest)s") % facts,
    )


def to_institutions(*, today: date) -> Told | None:
    """For the page on which an institution and a fiscal year are chosen."""
    this, loaded = calendar.fiscal_year(today), queries.years(today=today)
    if not loaded or loaded[0] == this:
        return None
    facts = {"this": year_words(this), "newest": year_words(loaded[0])}
    return Told(
        _("The form of this fiscal year, %(this)s, has not been loaded yet.") % facts,
        _(
            "Until the ministry has loaded it, the newest form is that of %(newest)s, the form of a year before. "
            "You need not do anything now; you can prepare with it."
        )
        % facts,
    )


def to_inspector(fiscal_year: int, used: Edition | None) -> Told | None:
    """For a visit or a plan of a fiscal year that looks by the form of a year before."""
    if used is None or used.fiscal_year is None or used.fiscal_year >= fiscal_year:
        return None
    facts = {"wanted": year_words(fiscal_year), "used": year_words(used.fiscal_year), "form": form_words(used)}
    newest = basis.newest_form(fiscal_year)
    if newest is not None and newest.fiscal_year == fiscal_year:
        return Told(
            _("This visit looks by the form of %(used)s.") % facts,
            _(
                "The form of %(wanted)s is here by now, but what the visit looks by was fixed when it began, or the "
                "institution has handed in nothing under it yet. The report names the form."
            )
            % facts,
        )
    return Told(
        _("The form of %(wanted)s has not been loaded yet.") % facts,
        _(
            "Until an officer of the ministry has loaded it, visits look by the form of %(used)s, as the form of a "
            "year before (%(form)s). A visit keeps the form by which it began; the report names it."
        )
        % facts,
    )


def to_officer(*, today: date) -> Told | None:
    """For whoever loads the ministry's workbook."""
    this, loaded = calendar.fiscal_year(today), queries.years(today=today)
    facts = {"this": year_words(this)}
    if loaded and loaded[0] == this:
        return Told(_("The form of this fiscal year, %(this)s, is loaded.") % facts, "", Tone.SUCCESS)
    title = _("The form of this fiscal year, %(this)s, has not been loaded yet.") % facts
    if not loaded:
        return Told(
            title, _("Please choose the ministry's workbook (.xlsx) here, look through the draft, and publish it.")
        )
    return Told(
        title,
        _(
            "Please choose the ministry's workbook (.xlsx) here, look through the draft, and publish it. Until then "
            "institutions and inspectors are shown the form of %(newest)s, as the form of a year before, and nobody is "
            "asked to hand in the checklist of %(this)s."
        )
        % (facts | {"newest": year_words(loaded[0])}),
    )
