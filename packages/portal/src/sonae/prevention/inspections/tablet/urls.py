"""Addresses of the tablet: one folder, which is the scope of its service worker. Included by the room's addresses."""

from django.urls import path

from sonae.prevention.inspections.tablet import views

urlpatterns = [
    path("inspections/tablet/", views.tablet, name="tablet"),
    path("inspections/tablet/worker.js", views.worker, name="tablet-worker"),
    path("inspections/tablet/manifest.webmanifest", views.manifest, name="tablet-manifest"),
    path("inspections/tablet/<uuid:visit_id>/", views.tablet_visit, name="tablet-visit"),
]
