from django.urls import path

from sonae.prevention.surveys.results import views

app_name = "results"
urlpatterns = [
    path("<uuid:campaign_id>/results/", views.index, name="list"),
    path("results/<uuid:edition_id>/", views.detail, name="detail"),
    path("results/<uuid:edition_id>/questions/<int:position>/", views.question, name="question"),
    path("results/<uuid:edition_id>/file.<str:form>", views.export, name="export"),
    path("results/<uuid:edition_id>/since/<uuid:before_id>/", views.changes, name="changes"),
    path("results/<uuid:edition_id>/publication/", views.publish, name="publish"),
    path("results/<uuid:edition_id>/cancellation/", views.cancel, name="cancel"),
    path("results/<uuid:edition_id>/public/", views.public, name="public"),
]
