from django.urls import include, path

from sonae.prevention.inspections import views

app_name = "inspections"
urlpatterns = [
    path("", include("sonae.prevention.inspections.tablet.urls")),
    path("inspections/preparation/", views.preparations, name="preparations"),
    path("inspections/preparation/<int:institution_id>/<int:fiscal_year>/", views.preparation, name="preparation"),
    path("inspections/preparation/<int:institution_id>/<int:fiscal_year>/folder/", views.folder, name="folder"),
]
