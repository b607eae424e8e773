from django.urls import path

from sonae.core.bulletins import views

app_name = "bulletins"
urlpatterns = [
    path("bulletins/", views.index, name="list"),
    path("bulletins/new/", views.compose, name="compose"),
    path("bulletins/audience/", views.audience, name="audience"),
    path("bulletins/<uuid:bulletin_id>/", views.detail, name="detail"),
    path("bulletins/<uuid:bulletin_id>/draft/", views.revise, name="revise"),
    path("bulletins/<uuid:bulletin_id>/issue/", views.issue, name="issue"),
    path("bulletins/<uuid:bulletin_id>/withdrawal/", views.withdraw, name="withdraw"),
    path("bulletins/<uuid:bulletin_id>/reach/", views.reach, name="reach"),
    path("bulletins/<uuid:bulletin_id>/reach/figures/", views.reach_figures, name="reach_figures"),
    path("bulletins/<uuid:bulletin_id>/reach/tile/", views.reach_tile, name="reach_tile"),
    path(
        "bulletins/<uuid:bulletin_id>/institutions/<int:institution_id>/acknowledgement/",
        views.acknowledge,
        name="acknowledge",
    ),
    path("bulletins/<uuid:bulletin_id>/institutions/<int:institution_id>/done/", views.mark_done, name="done"),
]
