"""Lists of components (SBOM) as their makers write them: CycloneDX 1.1 to 1.7, SPDX 2 and 3. Read as a stream, each
component handed on as it comes: a list of a million needs no more memory than one of ten."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import ijson
import yaml

from sonae.core.documents.inspection import markup
from sonae.kernel.errors import BadInput, Problem
from sonae.prevention.assets.intake import cells
from sonae.prevention.assets.intake.vocabulary import FileFormat, IntakeRefusal, Part

type Take = Callable[[Part], None]

DEEPEST = 100
# YAML has no reader that streams; makers of larger lists write JSON.
MOST_YAML_BYTES = 20_000_000
_PIECE = 1 << 18
_BEST_HASHES = ("SHA256", "SHA512", "SHA384", "SHA1", "MD5")
_UNSAID = frozenset({"NOASSERTION", "NONE"})


def read(path: Path, file_format: FileFormat, take: Take, *, name: str) -> None:
    """Hands every component of the list to `take`, in the order of the file; raises BadInput for a broken list."""
    try:
        _READERS[file_format](path, take, name)
    except ijson.JSONError as broken:
        # What follows the first line points at the place with an arrow.
        facts = {"why": str(broken).partition("\n")[0].strip()[:200]}
        raise BadInput([Problem(IntakeRefusal.BOM_MALFORMED, name, facts=facts)]) from broken
    except (TypeError, AttributeError, KeyError) as broken:
        # An object where a text belongs, or the other way round.
        raise BadInput([Problem(IntakeRefusal.BOM_MALFORMED, name, facts={"why": str(broken)[:200]})]) from broken


def part(
    *, name: str, version: str = "", supplier: str = "", cpe: str = "", purl: str = "", hashes: Mapping[str, str]
) -> Part | None:
    """A component within the lengths that are kept; None for one without a name."""
    kept = _text(name, 300)
    if not kept:
        return None
    algorithm, value = _best_hash(hashes)
    return Part(
        kept, _text(version, 200), _text(supplier, 200), _text(cpe, 300), _text(purl, 500), algorithm[:20], value[:128]
    )


def _text(given: object, longest: int) -> str:
    said = cells.plain(given) if isinstance(given, str) else ""
    return "" if said.upper() in _UNSAID else said[:longest]


def _best_hash(hashes: Mapping[str, str]) -> tuple[str, str]:
    by_name = {algorithm.upper().replace("-", "").replace("_", ""): value for algorithm, value in hashes.items()}
    best = next((one for one in _BEST_HASHES if one in by_name), next(iter(by_name), ""))
    return (best, by_name[best].strip().lower()) if best else ("", "")


# --- CycloneDX -------------------------------------------------------------------------------------------------------


def _cyclonedx_json(path: Path, take: Take, name: str) -> None:
    with path.open("rb") as file:
        for component in _items(file, "components.item"):
            # What is inside a component comes right after it, as in the file.
            waiting = [(component, 1)]
            while waiting:
                one, depth = waiting.pop()
                if depth > DEEPEST:
                    raise BadInput([Problem(IntakeRefusal.BOM_TOO_DEEP, name, facts={"most": DEEPEST})])
                if found := _of_cyclonedx(one):
                    take(found)
                waiting += [(inner, depth + 1) for inner in reversed(one.get("components") or ())]


def _items(file: IO[bytes], prefix: str) -> Iterator[dict[str, Any]]:
    yield from (one for one in ijson.items(file, prefix, use_float=True) if isinstance(one, dict))


def _of_cyclonedx(one: Mapping[str, Any]) -> Part | None:
    group, name = one.get("group") or "", one.get("name") or ""
    authors = one.get("authors") or [{}]
    supplier = (
        (one.get("supplier") or {}).get("name")
        or one.get("publisher")
        or (one.get("manufacturer") or {}).get("name")
        or one.get("author")
        or authors[0].get("name")
    )
    hashes = {str(each.get("alg", "")): str(each.get("content", "")) for each in one.get("hashes") or ()}
    return part(
        name=f"{group}/{name}" if group and name else name, version=one.get("version") or "", supplier=supplier or "",
        cpe=one.get("cpe") or "", purl=one.get("purl") or "", hashes=hashes,
    )  # fmt: skip


class _CycloneDxReader(markup.Reader):
    """The components of a list in XML. What a component descends from (pedigree) is no part of the device, and neither
    is the device itself (metadata)."""

    _SAID = frozenset({"group", "name", "version", "publisher", "author", "purl", "cpe", "hash"})

    def __init__(self, take: Take) -> None:
        super().__init__()
        self._take = take
        self._path: list[str] = []
        # Of each component that is open: what it says so far.
        self._open: list[dict[str, Any]] = []
        self._text: list[str] | None = None
        self._algorithm = ""

    def begun(self, name: str, attrs: Mapping[str, str]) -> None:
        self._path.append(name)
        if self._is_component():
            # Handed on before what is inside it; a placeholder keeps that order.
            self._open.append({"hashes": [], "at": len(self._path)})
        elif name in self._SAID and self._open:
            self._text, self._algorithm = [], attrs.get("alg", "")

    def _is_component(self) -> bool:
        outside = self._path[:-1]
        if self._path[-1] != "component" or not outside or outside.pop() != "components":
            return False
        return outside == ["bom"] or (bool(self._open) and len(outside) == self._open[-1]["at"])

    def characters(self, content: str) -> None:
        if self._text is not None:
            self._text.append(content)

    def ended(self, name: str) -> None:
        said = "".join(self._text).strip() if self._text is not None else None
        depth = len(self._path)
        self._path.pop()
        if self._open and self._open[-1]["at"] == depth:
            if found := _of_cyclonedx(self._open.pop()):
                self._take(found)
        elif said is not None and self._open:
            self._say(name, said, within=self._path[self._open[-1]["at"] :])
        self._text = None

    def _say(self, name: str, said: str, *, within: list[str]) -> None:
        one = self._open[-1]
        match within, name:
            case [], _:
                one[name] = said
            case ["hashes"], "hash":
                one["hashes"].append({"alg": self._algorithm, "content": said})
            case ["supplier"] | ["manufacturer"], "name":
                one[within[0]] = {"name": said}


def _cyclonedx_xml(path: Path, take: Take, name: str) -> None:
    with path.open("rb") as file:
        markup.read_xml(iter(lambda: file.read(_PIECE), b""), _CycloneDxReader(take), name=name)


# --- SPDX ------------------------------------------------------------------------------------------------------------


def _spdx_json(path: Path, take: Take, name: str) -> None:  # noqa: ARG001 - as the other readers
    with path.open("rb") as file:
        for package in _items(file, "packages.item"):
            if found := _of_spdx(package):
                take(found)


def _of_spdx(one: Mapping[str, Any]) -> Part | None:
    references: dict[str, str] = {}
    for each in one.get("externalRefs") or ():
        # Later editions write purl, older ones the address of its definition.
        kind = str(each.get("referenceType", "")).rpartition("/")[2].rpartition("#")[2]
        references.setdefault(kind.lower(), str(each.get("referenceLocator", "")))
    hashes = {
        str(each.get("algorithm", "")).rpartition("_")[2]: str(each.get("checksumValue", ""))
        for each in one.get("checksums") or ()
    }
    return part(
        name=one.get("name") or "", version=str(one.get("versionInfo") or ""),
        supplier=_spdx_agent(one.get("supplier") or "") or _spdx_agent(one.get("originator") or ""),
        cpe=references.get("cpe23type") or references.get("cpe22type") or "", purl=references.get("purl", ""),
        hashes=hashes,
    )  # fmt: skip


def _spdx_agent(text: str) -> str:
    """Who is named: `Organization: Example (mail)` is Example (SPDX 2.3, clause 7.5)."""
    if text.strip().upper() in _UNSAID:
        return ""
    said = text.removeprefix("Organization:").removeprefix("Person:").removeprefix("Tool:").strip()
    return (
        said.rpartition("(")[0].strip() or said
        if said.endswith(")") and "@" in said
        else said.removesuffix("()").strip()
    )


def _spdx_tag(path: Path, take: Take, name: str) -> None:  # noqa: ARG001 - as the other readers
    package: dict[str, Any] = {}
    in_text = False
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        for raw in file:
            if in_text or raw.lstrip().startswith("#"):
                in_text = in_text and "</text>" not in raw
                continue
            tag, _colon, value = raw.strip().partition(":")
            in_text = "<text>" in value and "</text>" not in value
            package = _tagged(package, tag, value.strip(), take)
    _finish(package, take)


def _tagged(package: dict[str, Any], tag: str, value: str, take: Take) -> dict[str, Any]:
    match tag:
        case "PackageName":
            _finish(package, take)
            return {"name": value, "externalRefs": [], "checksums": []}
        case "FileName" | "SnippetSPDXID" | "LicenseID":
            # What follows describes something else.
            _finish(package, take)
            return {}
    if not package:
        return package
    match tag:
        case "PackageVersion":
            package["versionInfo"] = value
        case "PackageSupplier":
            package["supplier"] = value
        case "PackageOriginator":
            package["originator"] = value
        case "PackageChecksum":
            algorithm, _colon, digest = value.partition(":")
            package["checksums"].append({"algorithm": algorithm.strip(), "checksumValue": digest.strip()})
        case "ExternalRef" if len(words := value.split(None, 2)) == 3:
            package["externalRefs"].append({"referenceType": words[1], "referenceLocator": words[2]})
    return package


def _finish(package: dict[str, Any], take: Take) -> None:
    if package and (found := _of_spdx(package)):
        take(found)


def _refuse_knots(content: bytes) -> None:
    """Refuses YAML that names itself (ten times over, that fills any memory) or is nested so deep that its reader,
    which calls itself at every level, would end the whole program. Only the events are read: nothing is built."""
    depth = 0
    for event in yaml.parse(content, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise yaml.YAMLError("references are not read")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.YAMLError(f"nested deeper than {DEEPEST} levels")


def _spdx_yaml(path: Path, take: Take, name: str) -> None:
    size = path.stat().st_size
    if size > MOST_YAML_BYTES:
        facts = {"why": f"{size} > {MOST_YAML_BYTES}"}
        raise BadInput([Problem(IntakeRefusal.BOM_MALFORMED, name, facts=facts)])
    try:
        content = path.read_bytes()
        _refuse_knots(content)
        found = yaml.load(content, Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, RecursionError, ValueError) as broken:
        facts = {"why": str(broken)[:200]}
        raise BadInput([Problem(IntakeRefusal.BOM_MALFORMED, name, facts=facts)]) from broken
    for package in found.get("packages") or ():
        if kept := _of_spdx(package):
            take(kept)


def _spdx3(path: Path, take: Take, name: str) -> None:  # noqa: ARG001 - as the other readers
    """SPDX 3.0 in JSON-LD. Who supplies is named by an id that may come later, so agents are read first."""
    agents: dict[str, str] = {}
    with path.open("rb") as file:
        for one in _items(file, "@graph.item"):
            if str(one.get("type", "")) in ("Organization", "Person", "Agent", "SoftwareAgent"):
                agents[str(one.get("spdxId", ""))] = str(one.get("name", ""))
    with path.open("rb") as file:
        for one in _items(file, "@graph.item"):
            if str(one.get("type", "")).endswith("software_Package") and (found := _of_spdx3(one, agents)):
                take(found)


def _of_spdx3(one: Mapping[str, Any], agents: Mapping[str, str]) -> Part | None:
    identifiers = {
        str(each.get("externalIdentifierType", "")): str(each.get("identifier", ""))
        for each in one.get("externalIdentifier") or ()
        if isinstance(each, dict)
    }
    hashes = {
        str(each.get("algorithm", "")): str(each.get("hashValue", ""))
        for each in one.get("verifiedUsing") or ()
        if isinstance(each, dict)
    }
    supplier = one.get("suppliedBy")
    return part(
        name=one.get("name") or "", version=str(one.get("software_packageVersion") or ""),
        supplier=agents.get(supplier, "") if isinstance(supplier, str) else "",
        cpe=identifiers.get("cpe23") or identifiers.get("cpe22") or "",
        purl=one.get("software_packageUrl") or identifiers.get("packageUrl") or identifiers.get("packageURL") or "",
        hashes=hashes,
    )  # fmt: skip


_READERS: dict[FileFormat, Callable[[Path, Take, str], None]] = {
    FileFormat.CYCLONEDX_JSON: _cyclonedx_json,
    FileFormat.CYCLONEDX_XML: _cyclonedx_xml,
    FileFormat.SPDX_JSON: _spdx_json,
    FileFormat.SPDX_TAG: _spdx_tag,
    FileFormat.SPDX_YAML: _spdx_yaml,
    FileFormat.SPDX3: _spdx3,
}
