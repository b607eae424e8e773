from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.instruments import occasions
from sonae.core.web import navigation
from sonae.prevention.surveys.vocabulary import OCCASION


class SurveysConfig(AppConfig):
    name = "sonae.prevention.surveys"
    label = "surveys"

    def ready(self) -> None:
        # A response to a campaign is begun here, in its window and by those whom it asks.
        occasions.claim(OCCASION)
        section = navigation.Section.PREVENTION
        navigation.register(
            navigation.NavItem(_("National surveys"), "surveys:list", Permission.SURVEY_READ, 17, section)
        )
        navigation.register_open(navigation.OpenPage(_("Published results of national surveys"), "results:published"))
