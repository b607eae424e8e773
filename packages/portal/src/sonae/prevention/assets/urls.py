from django.urls import path

from sonae.prevention.assets.views import imports, ledger, questions, stocktakes, zones

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
    path("assets/zones/", zones.index, name="zones"),
    path("assets/zones/new/", zones.add, name="add-zone"),
    path("assets/zones/<uuid:zone_id>/", zones.zone, name="zone"),
    path("assets/zones/<uuid:zone_id>/removal/", zones.remove, name="remove-zone"),
    path("assets/imports/", imports.index, name="imports"),
    path("assets/imports/new/", imports.upload, name="upload"),
    path("assets/imports/<uuid:ledger_import_id>/", imports.detail, name="import"),
    path("assets/imports/<uuid:ledger_import_id>/mapping/", imports.mapping, name="import-mapping"),
    path("assets/imports/<uuid:ledger_import_id>/progress/", imports.progress, name="import-progress"),
    path("assets/imports/<uuid:ledger_import_id>/problems/", imports.problem_list, name="import-problems"),
    path("assets/imports/<uuid:ledger_import_id>/plan/", imports.read_again, name="import-plan"),
    path("assets/imports/<uuid:ledger_import_id>/application/", imports.apply, name="apply-import"),
    path("assets/imports/<uuid:ledger_import_id>/undo/", imports.undo, name="undo-import"),
    path("assets/imports/<uuid:ledger_import_id>/cancellation/", imports.cancel, name="cancel-import"),
    path("assets/questions/", questions.index, name="questions"),
    path("assets/questions/<uuid:question_id>/", questions.question, name="question"),
]
