from django.urls import path

from sonae.prevention.surveys import views

app_name = "surveys"
urlpatterns = [
    path("", views.index, name="list"),
    path("mine/", views.mine, name="mine"),
    path("<uuid:campaign_id>/mine/", views.own, name="own"),
]
