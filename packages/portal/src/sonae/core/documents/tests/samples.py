"""Files for the tests, sound and hostile, made here so that none lies in the repository."""

import io
import struct
import zipfile
import zlib

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/></Types>'
)
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    '<c r="A1">{}</c></row></sheetData></worksheet>'
)
WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>{}</w:body></w:document>'
RELATION = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"'
    ' TargetMode="External"/></Relationships>'
)


def zipped(entries: dict[str, bytes | str], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def workbook(**parts: str | bytes) -> bytes:
    """An Excel file; keyword names have `__` for `/` and `_dot_` for `.`."""
    entries: dict[str, bytes | str] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "xl/workbook.xml": "<workbook/>",
        "xl/worksheets/sheet1.xml": SHEET.format("<v>1</v>"),
    }
    return zipped(entries | {name.replace("__", "/").replace("_dot_", "."): part for name, part in parts.items()})


def word_file(body: str = "", **parts: str | bytes) -> bytes:
    entries: dict[str, bytes | str] = {"[Content_Types].xml": CONTENT_TYPES, "word/document.xml": WORD.format(body)}
    return zipped(entries | {name.replace("__", "/").replace("_dot_", "."): part for name, part in parts.items()})


def pdf(body: bytes = b"<< /Type /Catalog >>", *, end: bytes = b"%%EOF\n") -> bytes:
    return b"%PDF-1.7\n1 0 obj\n" + body + b"\nendobj\ntrailer << /Root 1 0 R >>\n" + end


def pdf_with_object_stream(
    inside: bytes, *, dictionary: bytes = b"/Filter /FlateDecode", packed: bytes | None = None
) -> bytes:
    content = zlib.compress(inside) if packed is None else packed
    stream = b"<< /Type /ObjStm /N 1 /First 4 " + dictionary + b" /Length %d >>\nstream\n" % len(content)
    return pdf(stream + content + b"\nendstream")


def png(width: int, height: int, *, end: bool = True) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", zlib.compress(b"\0\0")) + (_chunk(b"IEND", b"") if end else b"")
    )


def picture(width: int, height: int, *chunks: bytes) -> bytes:
    """A picture that can be drawn: its left half red, its right half blue; `chunks` stand before the pixels."""
    line = b"\0" + b"\xff\0\0" * (width // 2) + b"\0\0\xff" * (width - width // 2)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [_chunk(b"IHDR", head), *chunks, _chunk(b"IDAT", zlib.compress(line * height)), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def text_chunk(text: bytes) -> bytes:
    """What a camera or a program writes beside the pixels of a PNG."""
    return _chunk(b"tEXt", b"Comment\0" + text)


def profile_chunk(profile: bytes) -> bytes:
    """A profile of colours as a PNG holds it."""
    return _chunk(b"iCCP", b"colours\0\0" + zlib.compress(profile, 9))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def jpeg(width: int, height: int) -> bytes:
    application = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 8, 8, height, width, 0)
    return b"\xff\xd8" + application + frame + b"\xff\xda\0\x02\xff\xd9"


def zip_with_a_link() -> bytes:
    """An archive whose entry is a symbolic link, as `zip --symlinks` writes it."""
    made, link = io.BytesIO(), zipfile.ZipInfo("readme.txt")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    return made.getvalue()


def lying_zip() -> bytes:
    """An archive whose directory says 10 bytes where 50 MB come out."""
    honest = zipped({"a.txt": b"0" * 50_000_000})
    return honest.replace(struct.pack("<L", 50_000_000), struct.pack("<L", 10))
