from django.urls import path

from sonae.core.duties import views

app_name = "duties"
urlpatterns = [
    path("duties/", views.index, name="list"),
    path("duties/overview/", views.overview, name="overview"),
    path("duties/<uuid:duty_id>/", views.detail, name="detail"),
    path("duties/<uuid:duty_id>/fulfilment/", views.fulfil, name="fulfil"),
    path("duties/<uuid:duty_id>/waiver/", views.waive, name="waive"),
    path("duties/<uuid:duty_id>/due-moment/", views.redate, name="redate"),
]
