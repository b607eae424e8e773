"""{% load sonae_web %}: words for values, icons, charts and the map of prefectures."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from django import template
from django.core.paginator import Paginator
from django.forms import BaseForm, BoundField
from django.template import Context, Node, NodeList
from django.template.base import Parser, Token
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django_tables2 import Table

from sonae.core.web import charts, icons, statuses, tilemap, words
from sonae.kernel.decision import Refused

register = template.Library()


@register.filter
def labelled(value: StrEnum | Refused | str | None, enum_path: str = "") -> str:
    """Words of a member or a refusal; a bare text needs "app_label.EnumName"."""
    if value is None or value == "":
        return ""
    if isinstance(value, Refused):
        return words.of(value)
    if enum_path:
        app_label, _, enum_name = enum_path.rpartition(".")
        return words.of(words.member_of(app_label, enum_name, value))
    return words.of(value) if isinstance(value, StrEnum) else value


@register.filter
def jst(moment: datetime | None) -> str:
    """A moment in Japanese time as a `<time>` element."""
    if not moment:
        return ""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), words.jst(moment))


@register.filter
def jdate(day: date | None) -> str:
    """A day with its day of the week as a `<time>` element."""
    if not day:
        return ""
    iso = day.date().isoformat() if isinstance(day, datetime) else day.isoformat()
    return format_html('<time datetime="{}">{}</time>', iso, words.jdate(day))


@register.filter
def web_address(url: str | None) -> str:
    """An address of the web, to be linked to; nothing for one that a browser would take for a script or a file."""
    return url if url and url.lower().startswith(("https://", "http://")) else ""


@register.filter
def readable(value: object) -> str:
    """Any fact as a person reads it; text that is marked safe stays as it is."""
    return value if isinstance(value, SafeString) else words.readable(value)


@register.filter
def number(value: float | Literal[""] | None) -> str:
    return "–" if value is None or value == "" else words.number(value)


@register.filter
def filesize_short(size_bytes: int) -> str:
    return words.size(size_bytes)


@register.filter
def tlp_words(label: str) -> str:
    """TLP:AMBER+STRICT for "amber+strict", "AMBER_STRICT" or "TLP:AMBER+STRICT"."""
    name = str(label).upper().removeprefix("TLP:").replace("_", "+").replace("-", "+")
    return f"TLP:{name}"


@register.filter
def tlp_class(label: str) -> str:
    return tlp_words(label).removeprefix("TLP:").lower().replace("+", "-")


@register.filter
def share_of(part: float, whole: float) -> str:
    """The share in per cent, without its sign."""
    return words.share(part, whole)


@register.filter
def unlocalized(value: float) -> str:
    """A number as HTML attributes take it."""
    return str(value)


@register.filter
def pages_shown(table: Table) -> Iterable[int | str]:
    """The pages a pager offers: both ends and the neighbourhood of the current one."""
    paginator: Paginator[Any] = table.paginator
    return paginator.get_elided_page_range(table.page.number, on_each_side=2, on_ends=1)


@register.filter
def problem_title(status: int) -> str:
    return str(statuses.words_for(status).title)


@register.filter
def problem_reason(status: int) -> str:
    return str(statuses.words_for(status).reason)


@register.filter
def problem_advice(status: int) -> str:
    return str(statuses.words_for(status).advice)


@register.simple_tag
def percent(part: float, whole: float) -> str:
    """A share with the two numbers it comes from."""
    return words.percent(part, whole)


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime) -> str:
    """How long ago, with the exact moment behind it."""
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(),
        words.jst(moment),
        words.ago(moment, now=_now(context)),
    )


@register.simple_tag(takes_context=True)
def due(context: Context, due_at: datetime) -> str:
    """What is left of a period in words, then its end."""
    now = _now(context)
    return format_html(
        '<span class="due{}">{}</span> <time datetime="{}">{}</time>',
        " overdue" if now >= due_at else "",
        words.time_left(due_at, now=now),
        due_at.isoformat(),
        words.due(due_at),
    )


@register.simple_tag
def icon(name: str) -> str:
    """A decorative icon; screen readers pass over it."""
    return format_html(
        '<svg class="icon icon-{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>',
        name,
        mark_safe(icons.PATHS[str(name)]),  # noqa: S308  (constants of this package)
    )


@register.filter
def fields_with_errors(form: BaseForm) -> list[BoundField]:
    """The fields of a form that have something to correct, in their order."""
    return [field for field in form if field.errors]


@register.filter
def address_of(field: BoundField) -> str:
    """The id a link must name to put the focus into this field; for a group, its first choice."""
    return f"{field.auto_id}_0" if field.use_fieldset else str(field.id_for_label or field.auto_id)


@register.filter
def hidden_problems(form: BaseForm) -> list[str]:
    """Errors of hidden fields, which have no place of their own on the page."""
    return [str(error) for field in form.hidden_fields() for error in field.errors]


@register.inclusion_tag("web/charts/bars.html")
def bar_chart(
    *,
    title: words.Text,
    bars: Sequence[charts.Bar],
    unit: words.Text,
    description: str = "",
    heading: str = "",
    whole: float | None = None,
) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "unit": unit,
        "heading": heading,
        "chart": charts.bars(list(bars), whole=whole),
    }


@register.inclusion_tag("web/charts/stacks.html")
def stacked_chart(
    *,
    title: words.Text,
    series: Sequence[words.Text],
    rows: Sequence[charts.Stack],
    unit: words.Text,
    description: str = "",
    heading: str = "",
) -> dict[str, Any]:
    chart = charts.stacks(list(series), list(rows))
    return {
        "title": title,
        "description": description,
        "unit": unit,
        "heading": heading,
        "chart": chart,
        "id": charts.chart_id("stack", str(title)),
    }


@register.inclusion_tag("web/charts/line.html")
def line_chart(
    *, title: words.Text, points: Sequence[charts.Point], unit: words.Text, description: str = "", heading: str = ""
) -> dict[str, Any]:
    return {
        "title": title,
        "description": description,
        "unit": unit,
        "heading": heading,
        "chart": charts.line(list(points)),
    }


@register.inclusion_tag("web/charts/spark.html")
def sparkline(*, title: words.Text, values: Iterable[float]) -> dict[str, Any]:
    shown = list(values)
    return {"title": title, "segments": charts.spark(shown), "last": words.number(shown[-1]) if shown else "–"}


@register.inclusion_tag("web/charts/heat.html")
def heat_table(
    *,
    title: words.Text,
    columns: Sequence[words.Text],
    rows: Sequence[charts.HeatRow],
    unit: words.Text,
    heading: str = "",
) -> dict[str, Any]:
    levels, drawn = charts.heat(list(rows))
    return {"title": title, "columns": columns, "rows": drawn, "levels": levels, "unit": unit, "heading": heading}


@register.inclusion_tag("web/charts/tiles.html")
def tile_map(
    *, title: words.Text, cells: Mapping[str, charts.Cell], unit: words.Text, description: str = ""
) -> dict[str, Any]:
    levels, tiles = tilemap.tiles(cells)
    return {
        "title": title,
        "description": description,
        "unit": unit,
        "levels": levels,
        "tiles": tiles,
        "has_gaps": len(cells) < len(tiles),
    }


class _Capture(Node):
    """Draws its content into a variable, so that one block can fill both the title and the heading of a page."""

    def __init__(self, nodelist: NodeList, name: str) -> None:
        self.nodelist = nodelist
        self.name = name

    def render(self, context: Context) -> str:
        context[self.name] = mark_safe(self.nodelist.render(context).strip())  # noqa: S308  (a template drew it)
        return ""


@register.tag
def capture(parser: Parser, token: Token) -> Node:
    """`{% capture name %}…{% endcapture %}`."""
    _, name = token.split_contents()
    nodelist = parser.parse(("endcapture",))
    parser.delete_first_token()
    return _Capture(nodelist, name)


def _now(context: Context) -> datetime:
    """The moment of the request; the clock where a page is drawn without one (mail, style guide)."""
    return getattr(context.get("request"), "now", None) or timezone.now()
