from django.urls import path

from sonae.prevention.exposure.views import exposures, names, nation

app_name = "exposure"
urlpatterns = [
    path("", exposures.index, name="list"),
    path("advisories/<uuid:notice_id>/", exposures.of_notice, name="notice"),
    path("questions/", names.questions, name="questions"),
    path("questions/<uuid:question_id>/", names.question, name="question"),
    path("names/", names.pairs, name="pairs"),
    path("names/<uuid:pair_id>/", names.pair, name="pair"),
    path("nation/", nation.index, name="nation"),
    path("nation/<uuid:notice_id>/", nation.prefectures, name="prefectures"),
    path("<uuid:exposure_id>/", exposures.detail, name="exposure"),
    path("<uuid:exposure_id>/step/", exposures.step, name="step"),
]
