from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class SurveysConfig(AppConfig):
    name = "sonae.prevention.surveys"
    label = "surveys"

    def ready(self) -> None:
        section = navigation.Section.PREVENTION
        navigation.register(
            navigation.NavItem(_("National surveys"), "surveys:list", Permission.SURVEY_READ, 17, section)
        )
