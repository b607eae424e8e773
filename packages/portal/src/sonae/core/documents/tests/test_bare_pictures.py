"""What a camera writes beside a picture does not stay with it; the picture does."""

import struct
import zlib

import pytest

from sonae.core.documents import bare_pictures
from sonae.core.documents.tests import samples
from sonae.core.documents.vocabulary import FileRefusal
from sonae.kernel.errors import BadInput
from tools import effort

SECRET = b"34.6551N 133.9195E"


def segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def exif(orientation: int, order: str = "II") -> bytes:
    mark = "<" if order == "II" else ">"
    head = order.encode() + struct.pack(f"{mark}HI", 42, 8)
    tags = struct.pack(f"{mark}HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    return b"Exif\0\0" + head + tags + SECRET


def jpeg(*segments: bytes, scan: bytes = b"\x12\xff\x00\x34\xff\xd0\x56", behind: bytes = b"") -> bytes:
    plain = samples.jpeg(8, 8)
    return plain[:2] + b"".join(segments) + plain[2:-2] + scan + b"\xff\xd9" + behind


@pytest.mark.parametrize(
    "segments",
    [
        [segment(0xE1, exif(1))],
        [segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)],
        [segment(0xED, b"Photoshop 3.0\0" + SECRET)],
        [segment(0xFE, SECRET)],
        [segment(0xE2, b"MPF\0" + SECRET)],
        [segment(0xE0, b"JFXX\0\x10" + SECRET)],
        [segment(0xE1, exif(1)), segment(0xFE, SECRET), segment(0xEC, SECRET)],
    ],
)
def test_a_jpeg_loses_what_stands_beside_it_and_no_byte_of_itself(segments):
    found = bare_pictures.stripped(jpeg(*segments), name="a.jpg")
    assert SECRET not in found
    assert found == jpeg()


def test_what_a_picture_needs_to_look_the_same_stays():
    kept = [segment(0xE2, b"ICC_PROFILE\0\x01\x01profile"), segment(0xEE, b"Adobe\0d\0\0\0\0\0\x01")]
    assert bare_pictures.stripped(jpeg(*kept), name="a.jpg") == jpeg(*kept)


def test_a_second_picture_behind_the_first_is_left_out():
    assert bare_pictures.stripped(jpeg(behind=jpeg(segment(0xFE, SECRET))), name="a.jpg") == jpeg()


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize(("orientation", "stays"), [(1, False), (6, True), (8, True), (9, False), (0, False)])
def test_which_way_up_it_is_stays(order, orientation, stays):
    found = bare_pictures.stripped(jpeg(segment(0xE1, exif(orientation, order))), name="a.jpg")
    assert SECRET not in found
    assert (struct.pack(">HHIH", 0x0112, 3, 1, orientation) in found) is stays
    # Read again it is the same: nothing more is taken away, and nothing added.
    assert bare_pictures.stripped(found, name="a.jpg") == found


def test_a_broken_note_of_the_camera_does_not_break_the_picture():
    assert bare_pictures.stripped(jpeg(segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff")), name="a.jpg") == jpeg()


def test_a_png_loses_its_texts_and_its_moment():
    plain = samples.png(8, 8)
    at = plain.index(b"IDAT") - 4
    beside = [
        chunk(b"tEXt", b"Comment\0" + SECRET),
        chunk(b"eXIf", SECRET),
        chunk(b"tIME", b"1234567"),
        chunk(b"iTXt", SECRET),
    ]
    kept = chunk(b"gAMA", struct.pack(">I", 45_455))
    noisy = plain[:at] + b"".join(beside) + kept + plain[at:] + SECRET
    assert bare_pictures.stripped(noisy, name="a.png") == plain[:at] + kept + plain[at:]


@pytest.mark.parametrize("end", range(0, 60, 7))
@pytest.mark.parametrize("picture", [samples.png(8, 8), jpeg(segment(0xE1, exif(6)))])
def test_a_picture_that_was_cut_off_is_refused(picture, end):
    with pytest.raises(BadInput) as refused:
        bare_pictures.stripped(picture[:end], name="a.jpg")
    assert refused.value.problems[0].reason is FileRefusal.IMAGE_BROKEN


MANY = 7_000_000


@pytest.mark.parametrize(
    "hostile",
    [
        b"\xff\xd8" + b"\xff\x01" * MANY + b"\xff\xd9",
        b"\xff\xd8" + b"\xff\xd0" * MANY + b"\xff\xd9",
        b"\xff\xd8" + b"\xff\xfe\x00\x02" * (MANY // 2) + b"\xff\xd9",
        b"\xff\xd8" + b"\xff\xda\x00\x02" * (MANY // 2) + b"\xff\xd9",
        b"\xff\xd8" + b"\xff" * (2 * MANY),
        b"\xff\xd8\xff\xda\x00\x02" + b"\xff\x00" * MANY,
        samples.png(8, 8)[:33] + chunk(b"IDAT", b"") * (MANY // 6),
    ],
    ids=["short", "restarts", "comments", "scans", "fill", "stuffed", "chunks"],
)
def test_what_is_built_to_be_slow_is_refused_at_once(hostile):
    began = effort.begun()
    with pytest.raises(BadInput) as refused:
        bare_pictures.stripped(hostile, name="a.jpg")
    began.at_most(1)
    assert refused.value.problems[0].reason is FileRefusal.IMAGE_BROKEN


def test_a_long_scan_of_stuffed_bytes_and_restarts_is_read_at_once():
    content = jpeg(scan=b"\xff\x00\xff\xd0\xff\xff\x00" * (MANY // 4))
    began = effort.begun()
    assert bare_pictures.stripped(content, name="a.jpg") == content
    began.at_most(1)
