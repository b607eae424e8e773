"""XML: no document types, no entities, not too deep; read as a stream, so that size costs no memory."""

from collections.abc import Iterable, Mapping
from xml.sax import SAXException, SAXParseException, handler

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from sonae.core.documents.inspection.verdict import refuse
from sonae.core.documents.vocabulary import FileRefusal

DEEPEST = 100


class TooDeep(SAXException):
    """The elements are nested beyond reason."""


class TooMany(SAXException):
    """There are more elements than whoever reads on would bear."""


class Count:
    """Elements of one file, all its parts together; whoever opens it later keeps each of them in memory."""

    def __init__(self, most: int) -> None:
        self.most, self.left = most, most


class Reader(handler.ContentHandler):
    """Counts how deep the elements go; subclasses look at what they care for, by names without their prefix."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = 0
        self.count: Count | None = None

    def begin(self, name: str, attrs: Mapping[str, str]) -> None:
        # Asked for every cell of a workbook: what can be decided without a call is.
        self.depth += 1
        if self.depth > DEEPEST:
            raise TooDeep("nested")
        if self.count is not None:
            self.count.left -= 1
            if self.count.left < 0:
                raise TooMany("elements")
        self.begun(name.rpartition(":")[2] if ":" in name else name, attrs)

    def end(self, name: str) -> None:
        self.ended(name.rpartition(":")[2] if ":" in name else name)
        self.depth -= 1

    def begun(self, name: str, attrs: Mapping[str, str]) -> None:
        """An element begins."""

    def ended(self, name: str) -> None:
        """An element ends."""


class _Parser(DefusedExpatParser):  # type: ignore[misc]
    """Hands elements on as they are read: what usually stands between costs more than the reading."""

    def __init__(self, reader: Reader) -> None:
        super().__init__(forbid_dtd=True)
        self._reader = reader
        self.setContentHandler(reader)
        # Even with declarations forbidden, nothing outside the file is ever asked for.
        self.setFeature(handler.feature_external_ges, False)
        self.setFeature(handler.feature_external_pes, False)

    def reset(self) -> None:
        super().reset()
        self._parser.StartElementHandler = self._reader.begin
        self._parser.EndElementHandler = self._reader.end


def read_xml(pieces: Iterable[bytes], reader: Reader, *, name: str, part: str = "") -> None:
    """Feeds the pieces of one document to `reader`; refuses what is malformed or declares anything."""
    parser = _Parser(reader)
    try:
        for piece in pieces:
            parser.feed(piece)
        parser.close()
    except DefusedXmlException:
        refuse(FileRefusal.XML_ENTITIES, name=name, part=part)
    except TooDeep:
        refuse(FileRefusal.XML_TOO_DEEP, name=name, part=part, facts={"most": DEEPEST})
    except TooMany:
        most = reader.count.most if reader.count else 0
        refuse(FileRefusal.XML_TOO_MANY, name=name, part=part, facts={"most": most})
    except SAXParseException as broken:
        refuse(
            FileRefusal.XML_MALFORMED,
            name=name,
            part=part,
            line=broken.getLineNumber() or 0,
            facts={"why": broken.getMessage()},
        )
