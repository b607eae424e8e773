"""Pages on which an operator or officer corrects the register: another name, two rows that are one institution."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from sonae.core.access.vocabulary import Permission
from sonae.core.institutions import services
from sonae.core.institutions.models import Institution
from sonae.core.web.gate import needs
from sonae.core.web.http import SignedInRequest
from sonae.kernel.calendar import jst_day
from sonae.site.pages.institutions.forms import MergeForm, NameForm
from sonae.site.pages.institutions.views import fetched, form_page


@needs(Permission.REGISTER_CHANGE)
@require_http_methods(["GET", "POST"])
def rename(request: SignedInRequest, institution_id: int) -> HttpResponse:
    """Gives an institution another name; the one it had stays in the history."""
    institution = fetched(request, institution_id, Permission.REGISTER_CHANGE)
    initial = {"name": institution.name, "name_kana": institution.name_kana, "on": jst_day(request.now)}
    form = NameForm(request.POST or None, initial=initial)

    def save() -> Institution:
        return services.rename_institution(
            institution.pk, by=request.viewer.account_id, now=request.now, **form.cleaned_data
        )

    return form_page(
        request,
        form,
        save,
        title=_("Change the name"),
        saved=_("The institution has the new name. The former one is in the history."),
        at_field="on",
        institution=institution,
    )


@needs(Permission.REGISTER_CHANGE)
@require_http_methods(["GET", "POST"])
def merge(request: SignedInRequest, institution_id: int) -> HttpResponse:
    """Says that another row of the register is this institution under a former or newer code."""
    institution = fetched(request, institution_id, Permission.REGISTER_CHANGE)
    form = MergeForm(request.POST or None, rows=Institution.objects.visible_to(request.viewer))

    def save() -> Institution:
        absorbed: Institution = form.cleaned_data["register_code"]
        return services.merge_former_code(
            institution.pk, absorbed_id=absorbed.pk, by=request.viewer.account_id, now=request.now
        )

    return form_page(
        request,
        form,
        save,
        title=_("Merge with another entry"),
        saved=_("The two entries are one. The former code is in the history."),
        at_field="register_code",
        institution=institution,
    )
