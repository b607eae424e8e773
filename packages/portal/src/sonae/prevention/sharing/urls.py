from django.urls import path

from sonae.prevention.sharing import views

app_name = "sharing"
urlpatterns = [
    path("", views.index, name="list"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/stix/", views.bundle, name="bundle"),
    path("<uuid:pk>/revocation/", views.revoke, name="revoke"),
]
