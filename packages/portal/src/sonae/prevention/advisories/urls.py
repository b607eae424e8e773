from django.urls import path

app_name = "advisories"
urlpatterns: list = []
