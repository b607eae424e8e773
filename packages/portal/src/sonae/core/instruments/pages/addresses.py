"""Where the pages of one response lie: in the portal, or behind the link of a vendor, where nothing else is."""

from dataclasses import dataclass

from django.urls import reverse

from sonae.core.instruments.models import Response

# The names under which the two sets of pages are known (`urls`).
PORTAL, LINK = "instruments", "answering"


@dataclass(frozen=True, slots=True)
class Addresses:
    """What the pages of a response lead to; a vendor has no list of responses."""

    list: str
    response: str
    sheet: str
    workbook: str
    file: str
    clear: str
    submit: str
    paper: str
    copy: str


def addresses(response: Response, *, door: str = PORTAL) -> Addresses:
    """The addresses of the pages of this response behind this door."""
    names = ("response", "sheet", "workbook", "workbook-file", "clear", "submit", "paper", "copy")
    listed = reverse(f"{PORTAL}:list") if door == PORTAL else ""
    return Addresses(listed, *(reverse(f"{door}:{name}", args=[response.pk]) for name in names))


def page_address(response: Response, number: int, *, door: str = PORTAL) -> str:
    """The address of one page of questions, counted from 1."""
    return reverse(f"{door}:page", args=[response.pk, number])
