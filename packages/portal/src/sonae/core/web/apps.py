from django.apps import AppConfig
from django.db.models import fields
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    name = "sonae.core.web"
    label = "web"

    def ready(self) -> None:
        # Django's own words for "nothing chosen yet" have no Japanese.
        fields.BLANK_CHOICE_LABEL = _("Please choose")
