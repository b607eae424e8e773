from django.urls import path

from sonae.core.web import views

app_name = "web"
urlpatterns = [
    path("display/theme/", views.set_theme, name="set-theme"),
    path("styleguide/", views.style_guide, name="styleguide"),
]
