"""A workbook opened by openpyxl to be read from top to bottom, without any sheet being read twice."""

import io
from typing import Any

from defusedxml.ElementTree import iterparse
from openpyxl.reader.excel import ExcelReader
from openpyxl.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import DATA_TAG, DIMENSION_TAG
from openpyxl.worksheet.dimensions import SheetDimension


class _Sheet(ReadOnlyWorksheet):  # type: ignore[misc]
    """A sheet whose size is what it says of itself before its cells, or unknown.

    Where a sheet does not say it (Google Sheets, LibreOffice's and many programs' files), openpyxl looks for it through
    all of the cells, and only then reads these: more than half of the time that real forms took.
    """

    def _get_size(self) -> None:
        with self._get_source() as source:
            for event, element in iterparse(source, events=("start", "end")):
                if event == "start" and element.tag == DATA_TAG:
                    return
                if event == "end" and element.tag == DIMENSION_TAG:
                    bounds = SheetDimension.from_tree(element).boundaries
                    self._min_column, self._min_row, self._max_column, self._max_row = bounds
                    return


class _Reader(ExcelReader):  # type: ignore[misc]
    def read_worksheets(self) -> None:
        for sheet, relation in self.parser.find_sheets():
            if relation.target not in self.valid_files:
                continue
            if "chartsheet" in relation.Type:
                self.read_chartsheet(sheet, relation)
                continue
            found: Any = _Sheet(self.wb, sheet.name, relation.target, self.shared_strings)
            found.sheet_state = sheet.state
            self.wb._sheets.append(found)  # noqa: SLF001  (as the method that this replaces)


def opened(content: bytes, *, data_only: bool) -> Workbook:
    """The workbook, to be closed after reading; with `data_only` a formula is its last result, nothing is computed.

    Raises what openpyxl raises for a package that is no workbook. What other workbooks it names is not read: the same
    one may be named a thousand times.
    """
    reader = _Reader(io.BytesIO(content), read_only=True, data_only=data_only, keep_links=False)
    reader.read()
    return reader.wb
