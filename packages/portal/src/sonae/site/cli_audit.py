"""`sonae audit`: whether the chain holds, and where it ends."""

from pathlib import Path
from typing import Annotated

import typer
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sonae.core.audit import queries as audit
from sonae.core.audit import rules
from sonae.core.audit.models import Head
from sonae.core.web import words
from sonae.site import chain

app = typer.Typer(no_args_is_help=True, help=_("The audit log."))


_KEPT = typer.Option(help=_("A file of lines that “sonae audit head” printed earlier."), exists=True, dir_okay=False)


@app.command(
    help=_(
        "Reads the whole chain and names every place where it does not hold; ends with 1 if there is one, or where "
        "entries have waited for their place for more than five minutes."
    )
)
def verify(*, kept: Annotated[Path | None, _KEPT] = None) -> None:
    """Reads the whole chain and names every place where it does not hold; ends with 1 if there is one.

    It also ends with 1 where entries have waited for their place in the chain for more than five minutes.
    """
    seals = _seals(kept) if kept else {}
    columns = (SpinnerColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        reading = bar.add_task("")
        found = chain.verify(
            by=None, now=timezone.now(), kept=seals, progress=lambda count: bar.update(reading, completed=count)
        )
    for one in found:
        typer.echo(f"{one.number}\t{one.damage}")
    typer.echo(_told(len(found)), err=True)
    waiting = audit.waiting()
    if waiting.since:
        sentence = _("Entries that wait for their place in the chain: %(count)s, since %(since)s.")
        facts = {"count": words.number(waiting.count), "since": words.jst(waiting.since)}
        typer.echo(sentence % facts, err=True)
    raise typer.Exit(1 if found or rules.is_late(waiting, now=timezone.now()) else 0)


@app.command(
    help=_("Prints the number and the seal of the last entry. Kept elsewhere, it shows whether the chain was rebuilt.")
)
def head() -> None:
    """Prints the number and the seal of the last entry. Kept elsewhere, it shows whether the chain was rebuilt."""
    last = Head.objects.get(pk=1)
    typer.echo(f"{last.last_number}\t{last.last_seal}")


def _told(breaks: int) -> str:
    if not breaks:
        return _("The chain holds.")
    sentence = ngettext(
        "The chain does not hold: %(count)s place.", "The chain does not hold: %(count)s places.", breaks
    )
    return sentence % {"count": words.number(breaks)}


def _seals(file: Path) -> dict[int, str]:
    try:
        lines = [line.split() for line in file.read_text("utf-8").splitlines() if line.strip()]
        # The seal of an empty chain says nothing about any entry.
        return {int(number): seal for number, seal in lines if int(number)}
    except ValueError as unreadable:
        raise typer.BadParameter(_("each line must hold a number and a seal"), param_hint="--kept") from unreadable
