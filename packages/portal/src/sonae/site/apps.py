import importlib

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "sonae.site"
    label = "sonae_site"

    def ready(self) -> None:
        # Handlers use models, which cannot be imported before every slice is loaded.
        importlib.import_module("sonae.site.wiring").connect()
