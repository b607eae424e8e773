from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "sonae.core.access"
    label = "access"
