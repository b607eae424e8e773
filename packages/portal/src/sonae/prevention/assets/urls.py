from django.urls import path

from sonae.prevention.assets import views

app_name = "assets"
urlpatterns = [
    path("assets/", views.assets, name="list"),
    path("assets/new/", views.add_asset, name="add-asset"),
    path("assets/<uuid:asset_id>/", views.asset, name="asset"),
    path("assets/<uuid:asset_id>/retirement/", views.retire_asset, name="retire-asset"),
    path("connections/", views.connections, name="connections"),
    path("connections/new/", views.add_connection, name="add-connection"),
    path("connections/<uuid:connection_id>/", views.connection, name="connection"),
    path("connections/<uuid:connection_id>/retirement/", views.retire_connection, name="retire-connection"),
]
