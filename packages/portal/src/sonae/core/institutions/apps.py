from django.apps import AppConfig

from sonae.core.institutions import offices


class InstitutionsConfig(AppConfig):
    name = "sonae.core.institutions"
    label = "institutions"

    def ready(self) -> None:
        # A wrong file of the operator stops the start, not the receipt that somebody needs at night.
        offices.known()
