import base64
import json

import pytest
from django.test import RequestFactory

from sonae.core.web.operations import StrictParser
from tools import effort


def parsed(body: bytes):
    return StrictParser().parse_body(RequestFactory().post("/", body, content_type="application/json"))


@pytest.mark.parametrize("bad", ['"\\u0000"', '["\\ud800"]', '{"a": [{"b\\u0000": 1}]}', '{"a": {"b": ["\\udfff"]}}'])
def test_text_that_no_database_holds_is_found_wherever_it_stands(bad):
    with pytest.raises(ValueError, match="no database"):
        parsed(bad.encode())


def test_deep_json_is_not_read_once_for_each_level():
    texts = ",".join(['"ab"'] * 50_000)
    began = effort.begun()
    parsed(("[" * 800 + texts + "]" * 800).encode())
    began.at_most(0.5)


@pytest.mark.parametrize(
    "address", ["duties", "incidents", "institutions", "evidence", "bulletins", "assets", "documents"]
)
@pytest.mark.parametrize("place", [-1, 2**70, "x", 1.5, None, True, [], {}])
def test_a_cursor_that_nobody_gave_is_refused_in_words(manager, address, place):
    cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")
    answer = manager.client.get(f"/api/v1/{address}", {"cursor": cursor})
    assert answer.status_code in ((200, 422) if address == "institutions" else (422,))


def test_pages_leave_nothing_in_the_browsers_store(manager, client):
    assert "no-store" in manager.client.get("/").headers["Cache-Control"]
    assert "no-store" in manager.client.get("/api/v1/duties").headers["Cache-Control"]
    assert "no-store" in client.get("/account/login/").headers["Cache-Control"]
