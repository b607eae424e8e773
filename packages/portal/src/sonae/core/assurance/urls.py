from django.urls import path

from sonae.core.assurance import views

app_name = "assurance"
urlpatterns = [
    path("controls/", views.controls, name="controls"),
    path("controls/<str:control>/", views.control, name="control"),
    path("evidence/", views.evidence_list, name="list"),
    path("evidence/new/", views.file, name="file"),
    path("evidence/<uuid:evidence_id>/", views.evidence, name="evidence"),
    path("evidence/<uuid:evidence_id>/withdrawal/", views.withdraw, name="withdraw"),
]
