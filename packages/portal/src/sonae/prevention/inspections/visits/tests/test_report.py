"""What the report of a visit shows of pictures and of drawn signatures."""

import io
import re
import zipfile
from uuid import uuid4

import docx
import pytest
from django.urls import reverse

from sonae.core.audit.models import Entry
from sonae.core.documents import storage
from sonae.core.documents.models import Document
from sonae.core.documents.tests import samples
from sonae.core.documents.vocabulary import FileRefusal
from sonae.kernel.errors import BadInput
from sonae.prevention.inspections.visits import album, queries, report, services
from sonae.prevention.inspections.visits.models import VisitSignature
from sonae.prevention.inspections.visits.testing import a_visit, seen_in_full, signed
from sonae.prevention.inspections.visits.vocabulary import Side
from sonae.testing.cast import NOW

SECRET = b"34.6551N 133.9195E"


@pytest.fixture
def closed(hospital, inspector, manager, settings, tmp_path):
    """A visit that is over, with two pictures, one of which cannot be drawn."""
    settings.MEDIA_ROOT = tmp_path
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    seen_in_full(visit, by=inspector.viewer, now=NOW)
    for content in (samples.picture(400, 200, samples.text_chunk(SECRET)), samples.jpeg(8, 8)):
        services.add_photo(visit.pk, uuid4(), item="bcp", pieces=[content], by=inspector.viewer, now=NOW)
    for side in Side:
        signed(visit, side, by=inspector.viewer, now=NOW)
    return services.close(visit.pk, by=inspector.viewer, now=NOW)


def sheet_of(visit, person):
    return queries.sheet(visit, viewer=person.viewer, now=NOW)


def test_the_paper_shows_the_pictures_small_and_names_those_that_cannot_be_drawn(closed, inspector):
    sheet = sheet_of(closed, inspector)
    thumbnails = album.thumbnails_of(sheet, viewer=inspector.viewer, now=NOW)
    assert len(thumbnails) == 1
    without = report.pdf(sheet, language="en", now=NOW)
    made = report.pdf(sheet, language="en", now=NOW, thumbnails=thumbnails)
    images = [len(re.findall(rb"/Subtype\s*/Image", pdf)) for pdf in (without, made)]
    assert images[1] > images[0]
    assert b"pdfaid" in made and b"pdfuaid" in made
    assert SECRET not in made
    assert SECRET not in b"".join(thumbnails.values())


def test_the_report_opens_no_picture_as_it_was_taken(closed, inspector):
    """Their bytes are gone from the store: what the report shows of them is what was drawn when they were kept."""
    for document in Document.objects.all():
        storage.store().remove(document.sha256)
    for form in ("pdf", "docx"):
        made = inspector.client.get(reverse("visits:report", args=[closed.pk, form]))
        assert made.status_code == 200
        if form == "docx":
            with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
                assert len([name for name in archive.namelist() if name.endswith(".png")]) == 2
        else:
            plain = report.pdf(sheet_of(closed, inspector), language="en", now=NOW)
            images = [len(re.findall(rb"/Subtype\s*/Image", pdf)) for pdf in (plain, made.content)]
            assert images[1] > images[0]


def test_every_picture_is_drawn_small_when_it_is_kept_or_says_that_it_cannot_be(closed):
    assert sorted(bool(one.small_sha256) for one in Document.objects.all()) == [False, True]
    assert all(one.small_at == NOW for one in Document.objects.all())


def test_a_picture_of_more_pixels_than_a_tablet_takes_is_refused_in_words(hospital, inspector, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    with pytest.raises(BadInput) as refused:
        services.add_photo(
            visit.pk, uuid4(), item="bcp", pieces=[samples.jpeg(5_000, 4_000)], by=inspector.viewer, now=NOW
        )
    (problem,) = refused.value.problems
    assert (problem.reason, problem.facts) == (FileRefusal.IMAGE_TOO_LARGE, {"most": 16})
    kept = services.add_photo(
        visit.pk, uuid4(), item="bcp", pieces=[samples.jpeg(4_032, 3_024)], by=inspector.viewer, now=NOW
    )
    assert kept.document.small_at == NOW


def test_no_report_draws_more_than_so_many(closed, inspector, monkeypatch):
    monkeypatch.setattr(album, "MOST_DRAWN", 0)
    assert album.thumbnails_of(sheet_of(closed, inspector), viewer=inspector.viewer, now=NOW) == {}


def test_each_look_at_a_picture_that_is_shown_is_recorded_and_lost_bytes_do_not_stop_the_report(
    closed, inspector, settings, tmp_path
):
    address = reverse("visits:report", args=[closed.pk, "pdf"])
    assert inspector.client.get(address).status_code == 200
    assert Entry.objects.filter(verb="document.read").count() == 1
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    assert inspector.client.get(address).status_code == 200


def test_word_lists_the_pictures_and_holds_the_drawn_signatures(closed, inspector):
    VisitSignature.objects.filter(side=Side.INSPECTOR).update(strokes=[])
    made = report.docx(sheet_of(closed, inspector), language="en", now=NOW)
    document = docx.Document(io.BytesIO(made))
    text = "\n".join(one.text for one in document.paragraphs)
    cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    assert "Pictures" in text
    assert sum("検見 正" in row[-1] and len(row) == 3 for row in cells) == 2
    # One signature was drawn, the other typed; no picture was given.
    assert len(document.inline_shapes) == 1
    assert "Signature of" in document.inline_shapes[0]._inline.docPr.get("descr")
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert [name for name in archive.namelist() if name.endswith(".png")] == ["word/media/image1.png"]


def test_a_visit_without_pictures_has_no_such_section(hospital, inspector, manager):
    visit = a_visit(hospital, by=inspector.viewer, now=NOW)
    assert "Pictures" not in str(report.composed(sheet_of(visit, inspector), now=NOW)["sections"])
    assert list(album.pictures_of(sheet_of(visit, inspector))) == []
