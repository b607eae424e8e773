"""Style sheets, scripts, fonts: one address for each release, kept by browsers for a year, sent compressed.

The address holds a digest of everything there is (`/static/3f0c…/web/screen.css`), so that addresses inside a style
sheet stay relative, and a new release is a new address. Nothing is written to disk: the files of the packages are read
once by each process.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import quote, urljoin

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse

type Handler = Callable[[HttpRequest], HttpResponse]

A_YEAR_SECONDS = 31_536_000
KEPT_FOR_GOOD = f"public, max-age={A_YEAR_SECONDS}, immutable"
# During an upgrade the process of another release may be asked: it answers with what it has, for this once.
KEPT_FOR_NOW = "no-cache"
DIGEST_LENGTH = 16
# The sheets of the screen go out as one, in this order; dark.css and print.css have conditions of their own.
SHEETS = {
    "web/screen.css": (
        "web/vendor/digital-go-jp/tokens.css",
        "web/css/theme.css",
        "web/css/base.css",
        "web/css/layout.css",
        "web/css/forms.css",
        "web/css/components.css",
        "web/css/questions.css",
        "web/css/charts.css",
    )
}
_SMALLER_WHEN_PACKED = ("text/", "image/svg+xml", "application/json", "application/manifest+json")
# What the systems' own tables of types do not agree on.
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@dataclass(frozen=True)
class Asset:
    """One file as it is sent."""

    body: bytes
    content_type: str

    @property
    def is_packable(self) -> bool:
        return self.content_type.startswith(_SMALLER_WHEN_PACKED)

    @cached_property
    def packed(self) -> bytes:
        """The body as gzip, made once: what nobody asks for is never packed."""
        return gzip.compress(self.body, compresslevel=9, mtime=0)


@dataclass(frozen=True, slots=True)
class Shelf:
    """All files of this release under the digest of their contents."""

    digest: str
    assets: dict[str, Asset]


class AssetStorage(StaticFilesStorage):
    """Gives `{% static %}` the address of this release."""

    def url(self, name: str | None) -> str:
        assert name, "a template names the file it means"
        held = shelf()
        if name not in held.assets:
            raise ValueError(f"there is no static file “{name}”")
        return urljoin(settings.STATIC_URL, f"{held.digest}/{quote(name)}")


def serve_assets(get_response: Handler) -> Handler:
    """Answers for the files; everything else goes on."""
    prefix = settings.STATIC_URL

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(prefix) or request.method not in ("GET", "HEAD"):
            return get_response(request)
        held, path = shelf(), request.path_info.removeprefix(prefix)
        digest, _, name = path.partition("/")
        # By its bare name, too, for whoever writes an address by hand.
        asset = held.assets.get(name if _is_digest(digest) else path)
        if asset is None:
            return get_response(request)
        return _answer(request, asset, cached=KEPT_FOR_GOOD if digest == held.digest else KEPT_FOR_NOW)

    return middleware


def shelf() -> Shelf:
    """The files; read anew for each request while somebody works on them."""
    return _filled() if settings.DEBUG else _kept()


@cache
def _kept() -> Shelf:
    return _filled()


def _filled() -> Shelf:
    bodies = {name: path.read_bytes() for name, path in sorted(_found().items())}
    for name, parts in SHEETS.items():
        bodies[name] = b"\n".join(bodies[part] for part in parts)
    digest = hashlib.sha256()
    for name, body in sorted(bodies.items()):
        digest.update(f"{name}\0{len(body)}\0".encode() + body)
    assets = {name: _asset(name, body) for name, body in bodies.items()}
    return Shelf(digest.hexdigest()[:DIGEST_LENGTH], assets)


def _found() -> dict[str, Path]:
    """The files of all packages by name; the first package that has one wins, as everywhere in Django."""
    found: dict[str, Path] = {}
    for finder in get_finders():
        for name, storage in finder.list([]):
            found.setdefault(Path(name).as_posix(), Path(storage.path(name)))
    return found


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    content_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type)


def _answer(request: HttpRequest, asset: Asset, *, cached: str) -> HttpResponse:
    packs = asset.is_packable and "gzip" in request.headers.get("Accept-Encoding", "")
    body = asset.packed if packs else asset.body
    response = HttpResponse(b"" if request.method == "HEAD" else body, content_type=asset.content_type)
    response.headers["Content-Length"] = str(len(body))
    response.headers["Cache-Control"] = cached
    if asset.is_packable:
        response.headers["Vary"] = "Accept-Encoding"
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _is_digest(text: str) -> bool:
    return len(text) == DIGEST_LENGTH and not text.strip("0123456789abcdef")
