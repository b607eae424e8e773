from django.apps import AppConfig


class InstitutionsConfig(AppConfig):
    name = "sonae.core.institutions"
    label = "institutions"
