from django.apps import AppConfig


class ExposureConfig(AppConfig):
    name = "sonae.prevention.exposure"
    label = "exposure"
