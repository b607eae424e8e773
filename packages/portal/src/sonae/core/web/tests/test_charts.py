import pytest
from django.template.loader import render_to_string
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from sonae.core.institutions.vocabulary import PREFECTURES
from sonae.core.web import charts, tilemap
from sonae.core.web.templatetags import sonae_web


def width(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1])


def test_bars_share_one_scale_from_zero():
    drawn = charts.bars([charts.Bar("a", 50), charts.Bar("b", 200), charts.Bar("c", 0)])
    assert [width(bar.width) for bar in drawn.rows] == [25.0, 100.0, 0.0]
    assert [bar.value for bar in drawn.rows] == ["50", "200", "0"]
    assert drawn.height > drawn.rows[-1].bar_y + drawn.bar_height


def test_bars_that_are_parts_of_a_whole_are_as_long_as_their_part():
    drawn = charts.bars([charts.Bar("a", 50), charts.Bar("b", 0), charts.Bar("c", 80)], whole=100)
    assert [width(bar.width) for bar in drawn.rows] == [50.0, 0.0, 80.0]


@pytest.mark.parametrize("draw", [charts.bars, lambda rows: charts.stacks(["a"], rows), charts.line])
def test_a_chart_of_nothing_is_empty_and_no_error(draw):
    assert draw([]).height >= 0


def test_parts_of_a_stack_lie_one_after_the_other():
    drawn = charts.stacks(["x", "y"], [charts.Stack("a", (30, 10)), charts.Stack("b", (0, 20))])
    assert [(part.x, part.width) for part in drawn.rows[0].parts] == [("0.00%", "75.00%"), ("75.00%", "25.00%")]
    assert drawn.rows[0].total == "40"
    assert drawn.rows[1].parts[1].width == "50.00%"


def test_a_stack_whose_values_do_not_fit_its_series_is_refused():
    with pytest.raises(ValueError, match="one value for each series"):
        charts.stacks(["x", "y"], [charts.Stack("a", (1,))])
    with pytest.raises(ValueError, match="series apart"):
        charts.stacks([str(number) for number in range(7)], [])


def test_counts_below_zero_are_refused():
    with pytest.raises(ValueError, match="below zero"):
        charts.bars([charts.Bar("a", -1)])


def test_a_line_stands_on_zero_and_reaches_a_round_number():
    drawn = charts.line([charts.Point(str(month), value) for month, value in enumerate((0, 30, 26, 12, 50), start=4)])
    assert [tick.label for tick in drawn.ticks] == ["0", "25", "50"]
    assert drawn.points[0].y == drawn.baseline
    assert drawn.points[-1].y == charts.PLOT_TOP
    assert (drawn.first, drawn.middle, drawn.last) == ("4", "6", "8")
    assert len(drawn.segments) == 4


def test_one_point_stands_in_the_middle():
    drawn = charts.line([charts.Point("4", 3)])
    assert drawn.points[0].x == "50.00%"
    assert drawn.segments == ()
    assert drawn.last == ""


def test_a_sparkline_spans_its_own_range():
    segments = charts.spark([5, 9, 5])
    assert [segments[0].y1, segments[0].y2, segments[1].y2] == [28, 4, 28]
    assert charts.spark([3]) == ()
    assert {segment.y1 for segment in charts.spark([3, 3])} == {28}


@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=50))
def test_every_value_falls_into_the_class_whose_edges_hold_it(values):
    edges = charts.class_edges(values)
    assert len(edges) <= charts.LEVELS
    for value in values:
        level = charts.level_of(value, edges)
        if value == 0:
            assert level == 0
        else:
            low = 0 if level == 1 else edges[level - 2]
            assert low < value <= edges[level - 1]


@given(st.floats(min_value=1e-6, max_value=1e12))
def test_a_round_ceiling_is_never_below_and_never_far_above(value):
    ceiling = charts.nice_ceiling(value)
    assert value <= ceiling <= value * 10.01


def test_small_counts_have_a_class_each():
    assert charts.class_edges([0, 1, 3]) == (1.0, 2.0, 3.0)


def test_marks_say_without_colour_how_high_a_class_is():
    levels = charts.levels((20.0, 40.0), are_whole=False)
    assert [(level.low, level.high, level.marks) for level in levels] == [("0", "20", "●"), ("20", "40", "●●")]


def test_classes_of_whole_numbers_do_not_touch():
    levels = charts.legend([0, 3, 17])
    assert [(level.low, level.high) for level in levels] == [
        ("1", "4"),
        ("5", "8"),
        ("9", "12"),
        ("13", "16"),
        ("17", "20"),
    ]
    assert not any(level.is_counted for level in charts.legend([0.5, 17]))


@pytest.mark.parametrize(("language", "said"), [("ja", "1～4"), ("en", "1 to 4")])
def test_the_legend_of_a_map_says_from_which_number_to_which(language, said):
    with translation.override(language):
        drawn = sonae_web.tile_map(title="t", cells={code: charts.Cell(17) for code in PREFECTURES}, unit="u")
        html = render_to_string("web/charts/tiles.html", drawn)
    assert said in html
    assert translation.gettext("– no figure") not in html


def test_only_a_map_with_gaps_explains_them():
    with translation.override("ja"):
        html = render_to_string("web/charts/tiles.html", sonae_web.tile_map(title="t", cells={}, unit="件"))
    assert "–　数値なし" in html
    assert "t（件）" in html


def test_no_figure_is_not_zero_in_a_heat_table():
    _, rows = charts.heat([charts.HeatRow("a", (0, None, 5))])
    assert [(cell.value, cell.marks) for cell in rows[0].cells] == [("0", ""), ("–", ""), ("5", "●●●●●")]


def test_the_map_has_47_tiles_and_none_covers_another():
    _, tiles = tilemap.tiles({})
    assert len(tiles) == 47
    assert len({(tile.column, tile.row) for tile in tiles}) == 47
    assert all(1 <= tile.column <= 13 and 1 <= tile.row <= 13 for tile in tiles)
    assert {tile.value for tile in tiles} == {"–"}


def test_a_tile_shows_its_value_its_class_and_its_address():
    _, tiles = tilemap.tiles({"13": charts.Cell(1200, href="/tokyo", note="n"), "47": charts.Cell(0)})
    tokyo = next(tile for tile in tiles if tile.code == "13")
    assert (tokyo.value, tokyo.level, tokyo.href, tokyo.note) == ("1,200", 3, "/tokyo", "n")
    assert next(tile for tile in tiles if tile.code == "47").level == 0


def test_a_code_that_no_prefecture_has_is_refused():
    with pytest.raises(ValueError, match="48"):
        tilemap.tiles({"48": charts.Cell(1)})


def test_short_names_keep_hokkaido_and_kyoto_whole():
    names = {tilemap.short_name(facts) for facts in PREFECTURES.values()}
    assert {"北海道", "京都", "東京", "大阪", "神奈川"} <= names
