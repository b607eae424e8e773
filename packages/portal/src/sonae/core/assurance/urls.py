from django.urls import path

from sonae.core.assurance.views import catalogues, evidence

app_name = "assurance"
urlpatterns = [
    path("controls/", evidence.controls, name="controls"),
    path("controls/<str:control>/", evidence.control, name="control"),
    path("evidence/", evidence.evidence_list, name="list"),
    path("evidence/new/", evidence.file, name="file"),
    path("evidence/<uuid:evidence_id>/", evidence.evidence, name="evidence"),
    path("evidence/<uuid:evidence_id>/withdrawal/", evidence.withdraw, name="withdraw"),
    path("catalogues/", catalogues.index, name="catalogues"),
    path("catalogues/new/", catalogues.upload, name="import-catalogue"),
    path("catalogues/<uuid:catalogue_id>/", catalogues.detail, name="catalogue"),
    path("catalogues/<uuid:catalogue_id>/changes/", catalogues.changes, name="catalogue-changes"),
    path("catalogues/<uuid:catalogue_id>/controls/<path:name>/", catalogues.control, name="catalogue-control"),
    path("catalogues/<uuid:catalogue_id>/taking-back/", catalogues.take_back, name="take-back-catalogue"),
]
