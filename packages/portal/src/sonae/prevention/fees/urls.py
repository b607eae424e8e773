from django.urls import path

from sonae.prevention.fees import views

app_name = "fees"
urlpatterns = [
    path("fee-standards/", views.standards, name="standards"),
    path("fee-standards/changes/", views.changes, name="changes"),
]
