"""The addresses of the portal."""

from django.urls import include, path

from sonae.core.instruments import urls as instruments
from sonae.core.web.gate import OPEN, SIGNED_IN, declare
from sonae.site import api
from sonae.site.pages import language
from sonae.site.pages.api_reference.views import reference
from sonae.site.pages.home.views import home

# Views of libraries and their doors. Sign-in pages are open; what changes one's own account needs a signed-in person.
declare(
    {
        "account_login": OPEN,
        "account_logout": OPEN,
        "account_reset_password": OPEN,
        "account_reset_password_done": OPEN,
        "account_reset_password_from_key": OPEN,
        "account_reset_password_from_key_done": OPEN,
        "account_inactive": OPEN,
        "mfa_authenticate": OPEN,
        "mfa_login_webauthn": OPEN,
        "openid_connect_login": OPEN,
        "openid_connect_callback": OPEN,
        "socialaccount_login_cancelled": OPEN,
        "socialaccount_login_error": OPEN,
        "account_reauthenticate": SIGNED_IN,
        "account_change_password": SIGNED_IN,
        "mfa_index": SIGNED_IN,
        "mfa_activate_totp": SIGNED_IN,
        "mfa_deactivate_totp": SIGNED_IN,
        "mfa_reauthenticate": SIGNED_IN,
        "mfa_reauthenticate_webauthn": SIGNED_IN,
        "mfa_add_webauthn": SIGNED_IN,
        "mfa_list_webauthn": SIGNED_IN,
        "mfa_edit_webauthn": SIGNED_IN,
        "mfa_remove_webauthn": SIGNED_IN,
        "mfa_generate_recovery_codes": SIGNED_IN,
        "mfa_view_recovery_codes": SIGNED_IN,
        "mfa_download_recovery_codes": SIGNED_IN,
        # Each operation of the API carries its own door; tests/architecture holds that none is without.
        "api-v1:": OPEN,
    }
)

urlpatterns = [
    path("", home, name="home"),
    path("language/", language.choose, name="set_language"),
    path("account/", include("allauth.urls")),
    path("", include("sonae.core.web.urls")),
    path("", include("sonae.core.documents.urls")),
    path("", include("sonae.core.notifications.urls")),
    path("", include("sonae.site.pages.jobs")),
    path("", include("sonae.site.pages.sessions")),
    path("", include("sonae.site.pages.accounts")),
    path("", include("sonae.site.pages.grants")),
    path("", include("sonae.site.pages.tokens")),
    path("", include("sonae.site.pages.audit")),
    path("institutions/", include("sonae.site.pages.institutions.urls")),
    path("", include("sonae.core.assurance.urls")),
    path("", include("sonae.core.duties.urls")),
    path("", include("sonae.core.bulletins.urls")),
    path("", include("sonae.core.instruments.urls")),
    path("", include((instruments.of_links, "answering"))),
    path("surveys/", include("sonae.prevention.surveys.urls")),
    path("surveys/", include("sonae.prevention.surveys.results.urls")),
    path("indicators/", include("sonae.prevention.sharing.urls")),
    path("", include("sonae.prevention.detection.urls")),
    path("incidents/", include("sonae.response.incidents.urls")),
    path("", include("sonae.prevention.assets.urls")),
    path("advisories/", include("sonae.prevention.advisories.urls")),
    path("exposures/", include("sonae.prevention.exposure.urls")),
    path("", include("sonae.prevention.fees.urls")),
    path("", include("sonae.prevention.inspections.urls")),
    path("inspections/visits/", include("sonae.prevention.inspections.visits.urls")),
    path("", include("sonae.response.disclosure.urls")),
]

urlpatterns += [
    path("api/v1/docs", reference, name="api-docs"),
    path("api/v1/", api.api.urls),
]

handler400 = "sonae.core.web.problems.bad_request"
handler404 = "sonae.core.web.problems.page_not_found"
handler500 = "sonae.core.web.problems.server_error"
