from django.urls import path

from sonae.core.documents import views

app_name = "documents"
urlpatterns = [
    path("documents/", views.index, name="list"),
    path("documents/new/", views.upload, name="upload"),
    path("documents/<uuid:document_id>/", views.detail, name="detail"),
    path("documents/<uuid:document_id>/content/", views.content, name="content"),
    path("documents/<uuid:document_id>/receipt/", views.receipt, name="receipt"),
]
