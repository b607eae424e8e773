from django.urls import path

from sonae.response.disclosure import views

app_name = "disclosure"
urlpatterns = [
    path("disclosures/", views.index, name="list"),
    path("incidents/<uuid:incident_id>/disclosures/new/", views.draft, name="draft"),
    path("incidents/<uuid:incident_id>/disclosures/measure/", views.measure, name="measure"),
    path("disclosures/<uuid:disclosure_id>/", views.detail, name="detail"),
    path("disclosures/<uuid:disclosure_id>/draft/", views.revise, name="revise"),
    path("disclosures/<uuid:disclosure_id>/release/", views.release, name="release"),
    path("disclosures/<uuid:disclosure_id>/withdrawal/", views.withdraw, name="withdraw"),
]
