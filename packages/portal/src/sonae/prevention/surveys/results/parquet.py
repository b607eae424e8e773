"""An edition as a Parquet file: this room's one door to the engine, which writes the format without anything else."""

from collections.abc import Iterable, Iterator

from sonae.core.documents import services as documents
from sonae.prevention.surveys.results.cells import FigureCell
from sonae.prevention.surveys.results.models import ResultEdition
from sonae.prevention.surveys.results.origin import origin_of
from sonae.prevention.surveys.results.presenting import heading_of
from sonae.prevention.surveys.results.vocabulary import EVERYBODY, KeptBack, figure_at
from sonae.prevention.surveys.results.wording import class_name
from sonae_engine import parquet

MIME_TYPE = "application/vnd.apache.parquet"
# A row a figure, as in the CSV file; here codes and words stand side by side, and what is kept back is nothing.
COLUMNS = {
    "edition": "VARCHAR",
    "stage": "VARCHAR",
    "number": "INTEGER",
    "as_of": "TIMESTAMPTZ",
    "question": "VARCHAR",
    "wording": "VARCHAR",
    "breakdown": "VARCHAR",
    "class": "VARCHAR",
    "class_name": "VARCHAR",
    "figure": "VARCHAR",
    "figure_name": "VARCHAR",
    "institutions": "BIGINT",
    "asked": "BIGINT",
    "share_per_cent": "DOUBLE",
    "kept_back": "VARCHAR",
    "asked_kept_back": "VARCHAR",
    "asked_in_all": "BIGINT",
    "handed_in": "BIGINT",
    "response_rate_per_cent": "DOUBLE",
    "reference_date": "DATE",
    "published_list_as_of": "DATE",
    "counted_at": "TIMESTAMPTZ",
}


def file_of(edition: ResultEdition, cells: Iterable[FigureCell]) -> bytes:
    """The figures with their types: institutions are whole numbers, and nothing with a reason where kept back."""
    # Killed in the middle, the sweep of documents takes the figures away that lay on the disk.
    with documents.workroom() as folder:
        return parquet.written(COLUMNS, _rows(edition, cells), within=folder)


def _rows(edition: ResultEdition, cells: Iterable[FigureCell]) -> Iterator[dict[str, object]]:
    of = origin_of(edition)
    about = {
        "edition": heading_of(edition),
        "stage": edition.stage,
        "number": edition.number,
        "as_of": edition.as_of.isoformat(),
        "asked_in_all": of.asked,
        "handed_in": of.handed_in,
        "response_rate_per_cent": of.rate_per_cent,
        "reference_date": of.reference_on.isoformat(),
        "published_list_as_of": of.list_on.isoformat() if of.list_on else None,
        "counted_at": of.counted_at.isoformat() if of.counted_at else None,
    }
    for cell in cells:
        is_all = cell.each == EVERYBODY
        yield about | {
            "question": cell.column.question,
            "wording": cell.name,
            "breakdown": None if is_all else cell.each[0],
            "class": None if is_all else cell.each[1],
            "class_name": class_name(cell.each),
            "figure": figure_at(cell.column, cell.place),
            "figure_name": cell.heading,
            "institutions": cell.figure,
            "asked": cell.asked,
            "share_per_cent": cell.share,
            "kept_back": KeptBack.SMALL_NUMBER if cell.figure is None else None,
            "asked_kept_back": KeptBack.SMALL_NUMBER if cell.asked is None else None,
        }
