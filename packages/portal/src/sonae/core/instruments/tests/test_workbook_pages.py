"""The page on which a response is taken away as a workbook and sent back."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from sonae.core.instruments import services
from sonae.core.instruments.models import Response
from sonae.core.instruments.testing import a_response


@pytest.fixture
def response(hospital, officer, manager, now):
    return a_response(hospital.pk, officer=officer.viewer, by=manager.viewer, now=now)


def _downloaded(person, response):
    answer = person.client.get(reverse("instruments:workbook-file", args=[response.pk]))
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    return answer.content


def _filled(content, answers):
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    for row in sheet.iter_rows():
        if row[0].value in answers:
            row[4].value = answers[row[0].value]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sent(person, response, content, name="answers.xlsx"):
    return person.client.post(
        reverse("instruments:workbook", args=[response.pk]), {"file": SimpleUploadedFile(name, content)}
    )


def test_a_file_that_was_filled_in_is_saved_and_its_open_points_name_their_cells(response, manager):
    assert "Download the Excel file" in manager.client.get(reverse("instruments:workbook", args=[response.pk])).text
    answer = _sent(manager, response, _filled(_downloaded(manager, response), {"gate": "Yes", "beds": -1}))
    assert answer.status_code == 200
    assert "2 answers that you changed in the file are saved." in answer.text
    assert "病床数 (Answer sheet!E" in answer.text
    assert Response.objects.get(pk=response.pk).answers == {"gate": "yes", "beds": -1}


def test_what_somebody_else_answered_meanwhile_is_said(response, manager, now):
    content = _downloaded(manager, response)
    services.save_answers(response.pk, {"beds": 7}, seen=0, by=manager.viewer, now=now)
    answer = _sent(manager, response, _filled(content, {"beds": 9}))
    assert "Not saved" in answer.text
    assert Response.objects.get(pk=response.pk).answers == {"beds": 7}


def test_a_file_that_is_none_is_refused_on_the_page_and_changes_nothing(response, manager):
    answer = _sent(manager, response, b"no workbook")
    assert answer.status_code == 422
    assert "answers.xlsx" in answer.text and "This is no workbook" in answer.text
    assert Response.objects.get(pk=response.pk).answers == {}


def test_who_may_not_answer_reads_instead(response, manager, executive, inspector, now):
    page = reverse("instruments:workbook", args=[response.pk])
    read = reverse("instruments:sheet", args=[response.pk])
    assert executive.client.get(page).headers["Location"] == read
    assert executive.client.post(page).status_code == 403
    assert inspector.client.get(page).status_code == 404
    services.save_answers(response.pk, {"gate": "yes", "beds": 120}, seen=0, by=manager.viewer, now=now)
    services.submit(response.pk, seen=1, by=manager.viewer, now=now)
    assert manager.client.get(page).headers["Location"] == read
    assert inspector.client.get(reverse("instruments:workbook-file", args=[response.pk])).status_code == 403


def test_a_value_put_back_to_what_was_downloaded_is_named_where_the_response_moved_on(response, manager, now):
    services.save_answers(response.pk, {"gate": "yes", "beds": 5}, seen=0, by=manager.viewer, now=now)
    content = _downloaded(manager, response)
    assert "Changed in the response since" not in _sent(manager, response, content).text
    _sent(manager, response, _filled(content, {"beds": 9}))
    answer = _sent(manager, response, _filled(content, {"beds": 5}))
    assert "Changed in the response since the file was downloaded" in answer.text
    assert "The saved answer is: 9" in answer.text
    assert Response.objects.get(pk=response.pk).answers["beds"] == 9


def test_a_formula_without_its_result_is_named_with_its_cell_and_not_taken_for_an_empty_one(response, manager, now):
    services.save_answers(response.pk, {"gate": "yes", "beds": 5}, seen=0, by=manager.viewer, now=now)
    answer = _sent(manager, response, _filled(_downloaded(manager, response), {"beds": "=2+3"}))
    assert answer.status_code == 422
    assert "formula whose result is not in the file" in answer.text
    assert "Answer sheet E" in answer.text
    assert Response.objects.get(pk=response.pk).answers["beds"] == 5
