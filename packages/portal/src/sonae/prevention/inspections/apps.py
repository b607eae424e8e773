from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "sonae.prevention.inspections"
    label = "inspections"
