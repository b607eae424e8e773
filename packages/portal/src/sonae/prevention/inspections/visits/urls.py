from django.urls import path

from sonae.prevention.inspections.visits import tablet_views

app_name = "visits"
urlpatterns = [
    path("<uuid:visit_id>/pack/", tablet_views.pack_of, name="pack"),
    path("<uuid:visit_id>/records/", tablet_views.records, name="records"),
    path("<uuid:visit_id>/conflicts/<uuid:entry_id>/", tablet_views.conflict, name="conflict"),
    path("<uuid:visit_id>/photos/", tablet_views.photos, name="photos"),
    path("<uuid:visit_id>/signatures/", tablet_views.signatures, name="signatures"),
]
