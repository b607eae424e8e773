"""Small pictures for papers: of a bounded size, and with nothing of the file but what is seen."""

import struct

import pytest

from sonae.core.documents import thumbnails
from sonae.core.documents.tests import samples

SECRET = b"34.6551N 133.9195E"
MOST_PIXELS = (284, 213)


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@pytest.mark.parametrize(("width", "height"), [(1, 1), (8, 600), (1_200, 900)])
def test_a_picture_becomes_a_small_one_whatever_it_measures(width, height):
    found = size_of(thumbnails.thumbnail(samples.picture(width, height)))
    assert all(one <= most for one, most in zip(found, MOST_PIXELS, strict=True))


def test_nothing_stays_of_what_was_written_beside_the_pixels():
    plain, marked = samples.picture(40, 30), samples.picture(40, 30, samples.text_chunk(SECRET))
    small = thumbnails.thumbnail(marked)
    assert SECRET in marked and SECRET not in small
    assert small == thumbnails.thumbnail(plain)


@pytest.mark.parametrize("content", [b"", b"GIF89a", samples.png(8, 8), samples.jpeg(8, 8), samples.pdf()])
def test_what_cannot_be_drawn_is_left_out(content):
    assert thumbnails.thumbnail(content) is None


def test_a_drawing_of_lines_becomes_a_picture():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0L9 9" stroke="#000"/></svg>'
    width, height = size_of(thumbnails.drawing(svg, side_mm=35))
    assert width == height
    assert thumbnails.drawing(svg, side_mm=35) != thumbnails.drawing(svg.replace("M0 0L9 9", "M0 9L9 0"), side_mm=35)
