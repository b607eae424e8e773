"""What a scan of the network by nmap (-oX) saw: the hosts that answered, with their addresses and names."""

from collections.abc import Mapping
from pathlib import Path
from xml.parsers import expat
from xml.sax import SAXParseException, handler

from defusedxml import DefusedXmlException
from defusedxml.expatreader import DefusedExpatParser

from sonae.core.documents.inspection import markup
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.assets.intake import cells
from sonae.prevention.assets.intake.vocabulary import Device, IntakeRefusal, LedgerField

_PIECE = 1 << 18
MOST_PORTS = 30


class _Parser(DefusedExpatParser):  # type: ignore[misc]
    """nmap names its document type, which says nothing; entities, and anything outside the file, stay forbidden."""

    def __init__(self, reader: markup.Reader) -> None:
        super().__init__(forbid_dtd=False, forbid_entities=True, forbid_external=True)
        self._reader = reader
        self.setContentHandler(reader)
        self.setFeature(handler.feature_external_ges, False)
        self.setFeature(handler.feature_external_pes, False)

    def reset(self) -> None:
        super().reset()
        # Some versions say where the definition of their type lies: it is not asked for.
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartElementHandler = self._reader.begin
        self._parser.EndElementHandler = self._reader.end


class _Hosts(markup.Reader):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Device] = []
        self._host: dict[str, str] | None = None
        self._is_up = False
        self._ports: list[str] = []
        self._port = ""
        self._is_scan = False

    def begun(self, name: str, attrs: Mapping[str, str]) -> None:
        if self.depth == 1 and name != "nmaprun":
            raise BadInput([Problem(IntakeRefusal.FORMAT_UNKNOWN, value=name[:80])])
        if name == "host":
            self._host, self._is_up, self._ports = {}, False, []
        elif self._host is not None:
            self._say(name, attrs, self._host)

    def _say(self, name: str, attrs: Mapping[str, str], host: dict[str, str]) -> None:
        match name:
            case "status":
                self._is_up = attrs.get("state") == "up"
            case "address":
                self._address(attrs, host)
            case "hostname":
                host.setdefault(LedgerField.HOSTNAME, cells.plain(attrs.get("name", ""))[:120])
            case "port":
                self._port = f"{attrs.get('portid', '')}/{attrs.get('protocol', '')}"
            case "state" if attrs.get("state") == "open" and self._port:
                self._ports.append(self._port)
            case "service" if self._ports and self._ports[-1] == self._port:
                words = (attrs.get("name", ""), attrs.get("product", ""), attrs.get("version", ""))
                self._ports[-1] = " ".join([self._port, *filter(None, words)])
            case "osmatch":
                # The likeliest stands first; it is a guess, and kept as one.
                host.setdefault("os_guess", f"{attrs.get('name', '')} ({attrs.get('accuracy', '?')}%)"[:120])

    def _address(self, attrs: Mapping[str, str], host: dict[str, str]) -> None:
        is_mac = attrs.get("addrtype") == "mac"
        field, read = (LedgerField.MAC_ADDRESS, cells.mac_of) if is_mac else (LedgerField.IP_ADDRESS, cells.ip_of)
        try:
            host.setdefault(field, read(attrs.get("addr", "")))
        except cells.Unreadable:
            return
        if is_mac and attrs.get("vendor"):
            host.setdefault("card_maker", cells.plain(attrs["vendor"])[:120])

    def ended(self, name: str) -> None:
        if name == "port":
            self._port = ""
        if name != "host" or self._host is None:
            return
        host, self._host = self._host, None
        if self._is_up and (LedgerField.IP_ADDRESS in host or LedgerField.MAC_ADDRESS in host):
            if self._ports:
                host["ports"] = "; ".join(self._ports[:MOST_PORTS])[:1_000]
            self.found.append(Device(len(self.found) + 1, host))


def read(path: Path, *, name: str) -> list[Device]:
    """The hosts that were up, in the order of the file; raises BadInput for anything but a scan."""
    reader = _Hosts()
    parser = _Parser(reader)
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                parser.feed(piece)
        parser.close()
    except DefusedXmlException as hostile:
        raise BadInput([Problem(IntakeRefusal.XML_ENTITIES, name)]) from hostile
    except markup.TooDeep as deep:
        raise BadInput([Problem(IntakeRefusal.BOM_TOO_DEEP, name, facts={"most": markup.DEEPEST})]) from deep
    except SAXParseException as broken:
        facts = {"why": broken.getMessage()}
        raise BadInput(
            [Problem(IntakeRefusal.XML_MALFORMED, name, broken.getLineNumber() or 0, facts=facts)]
        ) from broken
    return reader.found
