from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation

# Among two, each knows of the other.
FEWEST = 3


class DisclosureConfig(AppConfig):
    name = "sonae.response.disclosure"
    label = "disclosure"

    def ready(self) -> None:
        if settings.DISCLOSURE_K < FEWEST:
            raise ImproperlyConfigured(f"SONAE_DISCLOSURE_K is {settings.DISCLOSURE_K}; it must be at least {FEWEST}.")
        navigation.register(
            navigation.NavItem(
                label=_("Anonymised disclosures"),
                url_name="disclosure:list",
                permission=Permission.DISCLOSURE_READ,
                order=40,
                section=navigation.Section.RESPONSE,
            )
        )
