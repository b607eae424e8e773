from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.web import navigation


class BulletinsConfig(AppConfig):
    name = "sonae.core.bulletins"
    label = "bulletins"

    def ready(self) -> None:
        navigation.register(
            navigation.NavItem(
                label=_("Bulletins"),
                url_name="bulletins:list",
                permission=Permission.BULLETIN_READ,
                order=6,
                section=navigation.Section.TOP,
            )
        )
