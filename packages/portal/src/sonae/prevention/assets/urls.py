from django.urls import path

from sonae.prevention.assets.views import ledger, stocktakes

app_name = "assets"
urlpatterns = [
    path("assets/", ledger.assets, name="list"),
    path("assets/new/", ledger.add_asset, name="add-asset"),
    path("assets/<uuid:asset_id>/", ledger.asset, name="asset"),
    path("assets/<uuid:asset_id>/retirement/", ledger.retire_asset, name="retire-asset"),
    path("connections/", ledger.connections, name="connections"),
    path("connections/new/", ledger.add_connection, name="add-connection"),
    path("connections/<uuid:connection_id>/", ledger.connection, name="connection"),
    path("connections/<uuid:connection_id>/retirement/", ledger.retire_connection, name="retire-connection"),
    path("assets/stocktakes/", stocktakes.stocktakes, name="stocktakes"),
    path("assets/stocktakes/<uuid:stocktake_id>/withdrawal/", stocktakes.withdraw, name="withdraw-stocktake"),
]
