from django.urls import path

from sonae.prevention.advisories.views import advisories, imports, sources, triage

app_name = "advisories"
urlpatterns = [
    path("", advisories.index, name="list"),
    path("<uuid:pk>/", advisories.detail, name="detail"),
    path("<uuid:pk>/document/", advisories.document, name="document"),
    path("versions/", triage.index, name="triage"),
    path("versions/<int:pk>/", triage.detail, name="version_text"),
    path("versions/<int:pk>/range/", triage.state, name="state"),
    path("sources/", sources.index, name="sources"),
    path("sources/new/", sources.add, name="add_source"),
    path("sources/<uuid:pk>/", sources.detail, name="source"),
    path("sources/<uuid:pk>/pull/", sources.pull, name="pull"),
    path("sources/<uuid:pk>/pause/", sources.pause, name="pause"),
    path("sources/<uuid:pk>/resumption/", sources.resume, name="resume"),
    path("imports/", imports.index, name="imports"),
    path("imports/new/", imports.upload, name="upload"),
    path("imports/<uuid:pk>/", imports.detail, name="import"),
    path("imports/<uuid:pk>/progress/", imports.progress, name="progress"),
    path("imports/<uuid:pk>/cancellation/", imports.cancel, name="cancel"),
]
