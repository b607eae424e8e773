from django.urls import path

from sonae.core.web import views, work_pages

app_name = "web"
urlpatterns = [
    path("display/theme/", views.set_theme, name="set-theme"),
    path("work/<uuid:work_id>/", work_pages.show, name="work"),
    path("work/<uuid:work_id>/cancel/", work_pages.cancel, name="work-cancel"),
    path("styleguide/", views.style_guide, name="styleguide"),
]
