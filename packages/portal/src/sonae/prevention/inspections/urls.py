from django.urls import include, path

from sonae.prevention.inspections.views import forms as form_views
from sonae.prevention.inspections.views import preparation as views

app_name = "inspections"
urlpatterns = [
    path("", include("sonae.prevention.inspections.tablet.urls")),
    path("inspections/preparation/", views.preparations, name="preparations"),
    path("inspections/preparation/<int:institution_id>/<int:fiscal_year>/", views.preparation, name="preparation"),
    path("inspections/preparation/<int:institution_id>/<int:fiscal_year>/folder/", views.folder, name="folder"),
    path(
        "inspections/preparation/<int:institution_id>/<int:fiscal_year>/assessment-results/",
        views.results,
        name="assessment-results",
    ),
    path(
        "inspections/preparation/<int:institution_id>/<int:fiscal_year>/plan-of-action/",
        views.plan,
        name="plan-of-action",
    ),
    path(
        "inspections/preparation/<int:institution_id>/<int:fiscal_year>/vendors/<int:vendor_id>/",
        views.ask_vendor,
        name="ask-vendor",
    ),
    path(
        "inspections/preparation/<int:institution_id>/<int:fiscal_year>/vendors/reminders/",
        views.remind_vendors,
        name="remind-vendors",
    ),
    path(
        "inspections/preparation/<int:institution_id>/<int:fiscal_year>/contact-diagram/",
        views.keep_diagram,
        name="keep-diagram",
    ),
    path("inspections/checklist/", form_views.read_form, name="read-form"),
    path("inspections/checklist/draft/", form_views.take_draft, name="take-draft"),
]
