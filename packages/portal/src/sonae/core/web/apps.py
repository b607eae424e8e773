from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "sonae.core.web"
    label = "web"
