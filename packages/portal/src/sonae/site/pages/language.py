"""The switch between Japanese and English; whoever is signed in is also written to in the language they chose."""

from django.http import HttpResponseBase, HttpResponseRedirect
from django.utils.translation import check_for_language
from django.views.i18n import LANGUAGE_QUERY_PARAMETER, set_language

from sonae.core.accounts import services as accounts
from sonae.core.accounts.vocabulary import Language
from sonae.core.web import ways_back
from sonae.core.web.gate import open_to_all
from sonae.core.web.http import SonaeRequest


@open_to_all
def choose(request: SonaeRequest) -> HttpResponseBase:
    chosen = request.POST.get(LANGUAGE_QUERY_PARAMETER, "")
    account_id = request.viewer.account_id
    if account_id is not None and chosen in set(Language) and check_for_language(chosen):
        accounts.choose_language(account_id, Language(chosen))
    answer = set_language(request)
    if isinstance(answer, HttpResponseRedirect):
        answer.headers["Location"] = ways_back.page_for(answer.url)
    return answer
