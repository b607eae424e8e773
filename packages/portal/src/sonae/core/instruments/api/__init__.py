"""The API of instruments: editions and responses, and the ministry's forms."""

from ninja import Router

from sonae.core.instruments.api import forms, responses, year_maps

router = Router(tags=["instruments"])
for _part in (responses.router, forms.router, year_maps.router):
    router.add_router("", _part)
