from django.urls import path

from sonae.prevention.detection import views

app_name = "detection"
urlpatterns = [
    path("sightings/", views.sightings, name="sightings"),
    path("sightings/sector/", views.sector, name="sector"),
    path("sightings/<uuid:pk>/", views.sighting, name="sighting"),
    path("sightings/<uuid:pk>/answer/", views.answer, name="answer"),
    path("collectors/", views.collectors, name="collectors"),
    path("collectors/enrolment/", views.enrol, name="enrol"),
    path("collectors/<uuid:pk>/retirement/", views.retire, name="retire"),
]
