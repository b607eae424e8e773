from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from sonae.core.access.vocabulary import Permission
from sonae.core.notifications.vocabulary import EVENTS, HookEvent
from sonae.core.web import navigation


class NotificationsConfig(AppConfig):
    name = "sonae.core.notifications"
    label = "notifications"

    def ready(self) -> None:
        EVENTS.bring(HookEvent.TRIAL, None)
        navigation.register(
            navigation.NavItem(
                label=_("Outgoing messages"),
                url_name="notifications:list",
                permission=Permission.MESSAGE_READ,
                order=95,
                section=navigation.Section.ADMINISTRATION,
            )
        )
