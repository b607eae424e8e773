from django.urls import path

from sonae.prevention.surveys.results import public_views, recount_views, views

app_name = "results"
urlpatterns = [
    path("<uuid:campaign_id>/results/", views.index, name="list"),
    path("<uuid:campaign_id>/results/counting/", views.count, name="count"),
    path("results/<uuid:result_id>/", views.detail, name="detail"),
    path("results/<uuid:result_id>/questions/<int:position>/", views.question, name="question"),
    path("results/<uuid:result_id>/file.<str:form>", views.export, name="export"),
    path("results/<uuid:result_id>/since/<uuid:before_id>/", views.changes, name="changes"),
    path("results/<uuid:result_id>/publication/", views.publish, name="publish"),
    path("results/<uuid:result_id>/counting/", views.progress, name="progress"),
    path("results/<uuid:result_id>/counting-again/", views.count_again, name="count-again"),
    path("results/<uuid:result_id>/cancellation/", views.cancel, name="cancel"),
    path("results/<uuid:result_id>/recounts/", recount_views.index, name="recounts"),
    path("results/<uuid:result_id>/recounts/new/", recount_views.begin, name="recount"),
    path("results/recounts/<uuid:recount_id>/", recount_views.detail, name="recounted"),
    path("results/recounts/<uuid:recount_id>/cancellation/", recount_views.cancel, name="cancel-recount"),
    path("results/published/", public_views.published, name="published"),
    path("results/<uuid:result_id>/public/", public_views.public, name="public"),
    path("results/<uuid:result_id>/public/questions/<int:position>/", public_views.question, name="public-question"),
    path("results/<uuid:result_id>/public/file.<str:form>", public_views.file, name="public-file"),
]
