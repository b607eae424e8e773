"""How a document of OSCAL leaves by a page and by the API."""

import json
from typing import Any

from django.http import HttpResponse
from pydantic import RootModel


class OscalAnswer(RootModel[dict[str, Any]]):
    """One document of OSCAL 1.2.1, under the name of its model."""


def download(document: dict[str, Any], name: str) -> HttpResponse:
    """The document as a file of this name, without its ending."""
    answer = HttpResponse(json.dumps(document, ensure_ascii=False, indent=2), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return answer
