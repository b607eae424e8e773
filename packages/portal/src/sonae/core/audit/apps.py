from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "sonae.core.audit"
    label = "audit"
