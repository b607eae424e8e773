"""Workbooks for tests, and what pyxform says of them."""

import datetime as dt
import io
import warnings

import xlrd
from openpyxl import Workbook
from pyxform.xls2xform import convert

from sonae.core.instruments.xlsform.workbook import SHEETS, sheets_from

SURVEY = [
    ["type", "name", "label", "hint", "relevant", "constraint", "required", "calculation", "choice_filter",
     "appearance", "parameters", "default", "trigger", "repeat_count"],
    ["text", "hospital", "病院名"],
    ["select_one yes_no", "uses", "使っていますか", "", "", "", "yes"],
    ["begin group", "details", "詳細", "", "${uses} = 'yes'"],
    ["select_multiple devices", "kinds", "機器", "", "", "count-selected(.) <= 2"],
    ["integer", "beds", "病床数", "許可病床数", "", ". >= 0 and . <= 3000", "true()"],
    ["end group"],
    ["begin repeat", "sites", "拠点"],
    ["text", "site", "名称"],
    ["end repeat"],
    ["calculate", "large", "", "", "", "", "", "if(${beds} >= 200, 'yes', 'no')"],
    ["note", "thanks", "${hospital} の回答ありがとうございます"],
]  # fmt: skip
CHOICES = [
    ["list_name", "name", "label", "of"],
    ["yes_no", "yes", "はい"],
    ["yes_no", "no", "いいえ"],
    ["devices", "vpn", "VPN装置", "net"],
    ["devices", "edr", "EDR", "pc"],
]
SETTINGS = [["form_title", "form_id", "version"], ["試験", "test", "1"]]


def a_form():
    """A small valid form, as rows of its sheets that a test may break."""
    return {"survey": [list(row) for row in SURVEY], "choices": [list(row) for row in CHOICES], "settings": SETTINGS}


def workbook(sheets):
    """The bytes of an .xlsx of these sheets."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell == "" else cell for cell in row])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def pyxform_accepts(content, *, file_type=".xlsx", validate=False):
    """Whether pyxform makes a form of it; what it stumbles over it does not accept either."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            convert(xlsform=content, file_type=file_type, validate=validate)
        # It raises its own error for what it refuses and whatever Python raises for what it did not think of.
        except Exception:  # noqa: BLE001
            return False
    return True


def old_sheets(content):
    """The sheets of an .xls, which the product refuses to open, opened by the library that pyxform opens it with."""
    book = xlrd.open_workbook(file_contents=content)

    def value(cell):
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        if cell.ctype == xlrd.XL_CELL_DATE:
            parts = xlrd.xldate_as_tuple(cell.value, book.datemode)
            return dt.time(*parts[3:]) if parts[:3] == (0, 0, 0) else dt.datetime(*parts)
        return None if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK) else cell.value

    named = {sheet.name: sheet.name.lower() for sheet in book.sheets()}
    if len(named) == 1:
        named = {name: lower if lower in SHEETS else "survey" for name, lower in named.items()}
    return sheets_from(
        {
            named[sheet.name]: (tuple(value(cell) for cell in row) for row in sheet.get_rows())
            for sheet in book.sheets()
            if named[sheet.name] in SHEETS
        }
    )
