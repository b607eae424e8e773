"""Small pictures for papers. They are drawn anew, so that of a file nothing but what is seen goes into them."""

import typst

from sonae.core.documents import storage
from sonae.core.documents.bare_pictures import extension_of

# What a small picture measures on paper, and how finely it is drawn: 283 × 213 pixels.
WIDTH_MM, HEIGHT_MM = 60, 45
PIXELS_PER_INCH = 120.0
_FRAME = """\
#set page(width: {width}mm, height: {height}mm, margin: 0mm, fill: {fill})
#align(center + horizon, image("picture", format: "{form}", width: 100%, height: 100%, fit: "contain"))
"""


def thumbnail(content: bytes) -> bytes | None:
    """A picture (JPEG or PNG), the right way up, as a small PNG; nothing where it cannot be drawn."""
    form = extension_of(content)
    if not form:
        return None
    try:
        return _drawn(content, form=form, width=WIDTH_MM, height=HEIGHT_MM, fill="white")
    except typst.TypstError:
        # Whoever kept it looked at its frame alone: pixels may be broken without the frame being so.
        return None


def drawing(svg: str, *, side_mm: int) -> bytes:
    """A drawing of lines as a square PNG, for papers that take no lines; without a ground of its own."""
    return _drawn(svg.encode(), form="svg", width=side_mm, height=side_mm, fill="none")


def _drawn(content: bytes, *, form: str, width: int, height: int, fill: str) -> bytes:
    # The compiler takes only text from memory.
    with storage.workroom() as folder:
        (folder / "picture").write_bytes(content)
        frame = folder / "frame.typ"
        frame.write_text(_FRAME.format(width=width, height=height, fill=fill, form=form), encoding="utf-8")
        compiler = typst.Compiler(frame, root=folder, ignore_system_fonts=True)
        made = compiler.compile(format="png", ppi=PIXELS_PER_INCH)
    assert isinstance(made, bytes), "a frame is one page"
    return made
