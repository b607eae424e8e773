from django.urls import path

from sonae.core.notifications import views

app_name = "notifications"
urlpatterns = [
    path("messages/", views.index, name="list"),
    path("messages/<uuid:message_id>/", views.detail, name="detail"),
    path("messages/<uuid:message_id>/retry/", views.retry, name="retry"),
    path("webhooks/", views.endpoints, name="endpoints"),
    path("webhooks/new/", views.register, name="register"),
    path("webhooks/<uuid:endpoint_id>/", views.endpoint, name="endpoint"),
    path("webhooks/<uuid:endpoint_id>/trial/", views.trial, name="trial"),
    path("webhooks/<uuid:endpoint_id>/close/", views.close, name="close"),
]
