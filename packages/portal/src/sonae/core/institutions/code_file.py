"""Reading the regional bureaus' lists of institution codes: five columns and no header."""

from collections.abc import Iterator

from sonae.core.institutions import sources
from sonae.core.institutions.vocabulary import (
    CodeSystem,
    FileRefusal,
    Prefecture,
    ProblemReason,
    PublishedCode,
    ReadRow,
    RowProblem,
)

COLUMNS = ("コード(都道府県つき)", "コード(7桁)", "名称", "郵便番号", "所在地")
_LONGEST = (10, 7, 200, 8, 300)


def read(source: sources.Source) -> Iterator[ReadRow[PublishedCode]]:
    """Every row of a code list, in order; raises BadInput when the file as a whole cannot be read."""
    seen: dict[str, tuple[str, ...]] = {}
    lines = sources.rows(source)
    empty = True
    for line, cells in lines:
        empty = False
        if len(cells) != len(COLUMNS):
            ended = next(lines, None) is None and len(cells) < len(COLUMNS)
            reason = FileRefusal.ENDS_IN_MID_ROW if ended else FileRefusal.WRONG_NUMBER_OF_COLUMNS
            raise source.refused(reason, line=line, value=",".join(cells), found=len(cells), expected=len(COLUMNS))
        row = tuple(cell.strip(" \t") for cell in cells)
        yield _code(line, row, seen)
    if empty:
        raise source.refused(FileRefusal.FILE_EMPTY)


def _code(line: int, row: tuple[str, ...], seen: dict[str, tuple[str, ...]]) -> ReadRow[PublishedCode]:
    full, seven, name, postal_code, address = row
    found = _oddity(row, seen)
    if found:
        place, reason, facts = found
        return ReadRow(line, None, (RowProblem(line, COLUMNS[place], row[place], reason, facts, row, name),))
    seen[full] = row
    problems = []
    for place, limit in enumerate(_LONGEST):
        if len(row[place]) > limit:
            reason = ProblemReason.VALUE_TOO_LONG
            problems.append(
                RowProblem(line, COLUMNS[place], row[place], reason, {"limit": limit}, institution_name=name)
            )
    ten = len(full) == 10
    published = PublishedCode(
        line=line,
        system=CodeSystem.MEDICAL_INSTITUTION_10 if ten else CodeSystem.MEDICAL_INSTITUTION_7,
        prefecture=Prefecture(full[:2]),
        value=full if ten else seven,
        name=name[:200],
        postal_code=postal_code[:8],
        address=address[:300],
    )
    return ReadRow(line, published, tuple(problems))


def _oddity(
    row: tuple[str, ...], seen: dict[str, tuple[str, ...]]
) -> tuple[int, ProblemReason, dict[str, object]] | None:
    full, seven, name, *_ = row
    if not (full.isascii() and full.isdecimal() and len(full) in (9, 10)):
        return 0, ProblemReason.CODE_MALFORMED, {}
    if not (seven.isascii() and seven.isdecimal() and len(seven) == 7):
        return 1, ProblemReason.CODE_MALFORMED, {}
    if full[:2] not in Prefecture:
        return 0, ProblemReason.PREFECTURE_UNKNOWN, {}
    if not full.endswith(seven):
        return 1, ProblemReason.CODES_DISAGREE, {"code": full}
    if not name:
        return 2, ProblemReason.NAME_BLANK, {}
    if full in seen:
        return 0, ProblemReason.CODE_REPEATED, {"identical": seen[full] == row}
    return None
