from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class DisclosureConfig(AppConfig):
    name = "sonae.response.disclosure"
    label = "disclosure"

    def ready(self) -> None:
        navigation.register(
            navigation.NavItem(
                label=_("Anonymised disclosures"),
                url_name="disclosure:list",
                permission=Permission.DISCLOSURE_READ,
                order=40,
                section=navigation.Section.RESPONSE,
            )
        )
