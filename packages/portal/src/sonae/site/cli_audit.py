"""`sonae audit`: whether the chain holds, and where it ends."""

import typer
from django.utils import timezone
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sonae.core.audit.models import Head
from sonae.site import chain

app = typer.Typer(no_args_is_help=True, help="The audit log.")


@app.command()
def verify() -> None:
    """Reads the whole chain and names every place where it does not hold; ends with 1 if there is one."""
    columns = (SpinnerColumn(), TextColumn("{task.completed} entries"), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        reading = bar.add_task("")
        found = chain.verify(by=None, now=timezone.now(), progress=lambda count: bar.update(reading, completed=count))
    for one in found:
        typer.echo(f"{one.number}\t{one.damage}")
    typer.echo("The chain holds." if not found else f"The chain does not hold: {len(found)} breaks.", err=True)
    raise typer.Exit(1 if found else 0)


@app.command()
def head() -> None:
    """Prints the number and the seal of the last entry. Kept elsewhere, it shows whether the chain was rebuilt."""
    last = Head.objects.get(pk=1)
    typer.echo(f"{last.last_number}\t{last.last_seal}")
