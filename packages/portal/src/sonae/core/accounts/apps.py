from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "sonae.core.accounts"
    label = "accounts"
