from django.apps import AppConfig


class InstrumentsConfig(AppConfig):
    name = "sonae.core.instruments"
    label = "instruments"
