from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "sonae.site"
    label = "sonae_site"
