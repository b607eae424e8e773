from django.urls import path

from sonae.prevention.surveys import views

app_name = "surveys"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.draft, name="new"),
    path("mine/", views.mine, name="mine"),
    path("<uuid:campaign_id>/", views.detail, name="detail"),
    path("<uuid:campaign_id>/draft/", views.revise, name="revise"),
    path("<uuid:campaign_id>/draft/removal/", views.discard, name="discard"),
    path("<uuid:campaign_id>/opening/", views.open_campaign, name="open"),
    path("<uuid:campaign_id>/opening/progress/", views.opening, name="opening"),
    path("<uuid:campaign_id>/opening/cancellation/", views.cancel_opening, name="cancel-opening"),
    path("<uuid:campaign_id>/closing/", views.close, name="close"),
    path("<uuid:campaign_id>/withdrawal/", views.withdraw, name="withdraw"),
    path("<uuid:campaign_id>/reminders/", views.remind, name="remind"),
    path("<uuid:campaign_id>/reminders/<int:reminder_id>/removal/", views.unremind, name="unremind"),
    path("<uuid:campaign_id>/extensions/", views.extend_many, name="extend-many"),
    path("<uuid:campaign_id>/extensions/progress/", views.extending, name="extending"),
    path(
        "<uuid:campaign_id>/extensions/<int:extension_id>/cancellation/",
        views.cancel_extending,
        name="cancel-extending",
    ),
    path("<uuid:campaign_id>/follow-up/", views.follow_up, name="follow-up"),
    path("<uuid:campaign_id>/differences/", views.differences, name="differences"),
    path("<uuid:campaign_id>/mine/", views.own, name="own"),
    path("<uuid:campaign_id>/mine/<int:institution_id>/", views.begin, name="begin"),
    path("institutions/<int:asked_id>/", views.asked, name="asked"),
    path("institutions/<int:asked_id>/call/", views.call, name="call"),
    path("institutions/<int:asked_id>/extension/", views.extend, name="extend"),
    path("institutions/<int:asked_id>/excuse/", views.excuse, name="excuse"),
    path("institutions/<int:asked_id>/expectation/", views.expect_again, name="expect-again"),
    path("institutions/<int:asked_id>/proxy/", views.stand_in, name="stand-in"),
]
