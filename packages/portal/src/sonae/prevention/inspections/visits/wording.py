"""What pages, papers and tablets say of a visit alike."""

from django.utils.translation import gettext as _

from sonae.core.assurance import catalogue
from sonae.core.assurance.vocabulary import ControlState
from sonae.core.instruments.models import Edition
from sonae.core.instruments.vocabulary import YesNo
from sonae.core.web import words
from sonae.kernel import calendar
from sonae.prevention.inspections.visits.basis import Form
from sonae.prevention.inspections.visits.models import Visit, VisitSignature
from sonae.prevention.inspections.vocabulary import RowReadiness


def year_words(fiscal_year: int) -> str:
    """A fiscal year as people call it: 令和7年度, fiscal 2025."""
    if words.is_japanese():
        return calendar.wareki_fiscal_year(fiscal_year)
    return _("fiscal %(year)s") % {"year": fiscal_year}


def form_words(edition: Edition) -> str:
    """The title of a form in the language of the reader."""
    return edition.title_ja if words.is_japanese() else edition.title_en or edition.title_ja


def team_of(visit: Visit) -> list[str]:
    """Who goes along, with an account or without."""
    named = [str(one.account) for one in visit.members.select_related("account")]
    return [*named, visit.companions] if visit.companions else named


def answer_words(row: RowReadiness) -> str:
    """What the institution had answered, with its dates."""
    said = [words.of(YesNo(row.answer))]
    if row.checked_on:
        said.append(_("Checked on %(days)s") % {"days": "、".join(map(words.jdate, row.checked_on))})
    if row.target_on:
        said.append(_("To be done by %(day)s") % {"day": words.jdate(row.target_on)})
    return " – ".join(said)


def cover_words(control: str, state: ControlState) -> str:
    """How a control stands that belongs to a row, and who says so how strongly."""
    said = [f"{catalogue.title_of(control)}: {words.of(state.standing)}"]
    if state.leading is not None:
        said += [words.of(state.leading.source.kind), words.of(state.leading.strength)]
    return " – ".join(said)


def source_words(form: Form) -> str:
    """Where the form comes from, and in which edition."""
    source = form.plan.instrument.source
    title = catalogue.in_language(source.title) if source else form_words(form.edition)
    return f"{title} ({form.edition.edition})"


def signer_words(signature: VisitSignature) -> str:
    """Who signed; where a name was typed and nothing was drawn, also who typed it."""
    if signature.strokes:
        return signature.name
    return _("%(name)s (name entered by %(who)s)") % {"name": signature.name, "who": signature.kept_by}
