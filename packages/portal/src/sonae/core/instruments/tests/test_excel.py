"""A workbook is read as openpyxl reads it, and no sheet twice."""

import io
import re
import tarfile
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook, load_workbook

from sonae.core.instruments.xlsform import excel

ROWS = [
    ["type", "name", "label::English (en)", None, "relevant"],
    ["integer", "beds", "Beds", 12, 1.5],
    [None, None, None, None, None],
    ["date", "on", True, date(2026, 11, 30), datetime(2026, 11, 30, 9, 30)],
    ["time", "at", False, time(9, 30), "=1+1"],
    ["text", "kana", "ｶﾅ\n二行", "#N/A", 0.1],
]


def a_book(*, size_line, change=lambda xml: xml):
    """A workbook with three sheets, whose sheets say how large they are or do not."""
    book = Workbook()
    book.remove(book.active)
    for title in ("survey", "choices", "Notes"):
        sheet = book.create_sheet(title)
        for row in ROWS:
            sheet.append(row)
    written, changed = io.BytesIO(), io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as before, zipfile.ZipFile(changed, "w") as after:
        for entry in before.infolist():
            content = before.read(entry)
            if entry.filename.startswith("xl/worksheets/"):
                content = change(re.sub(rb"<dimension [^>]*/>", size_line, content))
            after.writestr(entry.filename, content)
    return changed.getvalue()


def rows_of(book):
    try:
        return {title: list(book[title].iter_rows(values_only=True)) for title in book.sheetnames}
    finally:
        book.close()


def by_openpyxl(content):
    return rows_of(load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False))


@pytest.mark.parametrize(
    "size_line", [b"", rb"\g<0>", b'<dimension ref="A1:C2"/>'], ids=["unsaid", "said", "too small"]
)
def test_a_workbook_is_read_as_openpyxl_reads_it(size_line):
    content = a_book(size_line=size_line)
    found = rows_of(excel.opened(content, data_only=True))
    assert found == by_openpyxl(content)
    assert found["survey"][1][:3] == ("integer", "beds", "Beds")


def test_no_cell_is_read_before_rows_are_asked_for():
    def cut_off(xml):
        return xml[: xml.index(b'<row r="4"')] + b"<row" + b" " * 100_000

    content = a_book(size_line=b"", change=cut_off)
    book = excel.opened(content, data_only=True)
    rows = book["survey"].iter_rows(max_col=3, values_only=True)
    assert next(rows) == ("type", "name", "label::English (en)")
    with pytest.raises(SyntaxError):
        list(rows)
    book.close()
    with pytest.raises(SyntaxError):
        by_openpyxl(content)


@pytest.mark.shared
@pytest.mark.filterwarnings("ignore:Unknown extension")
def test_real_forms_are_read_as_openpyxl_reads_them(shared_data):
    with tarfile.open(shared_data / "surveys" / "xlsform" / "pyxform-A.tar.gz") as archive:
        forms = [
            archive.extractfile(one).read()
            for one in archive.getmembers()
            if one.isfile() and one.name.endswith(".xlsx")
        ]
    assert len(forms) == 17
    for form in forms:
        assert rows_of(excel.opened(form, data_only=True)) == by_openpyxl(form)
