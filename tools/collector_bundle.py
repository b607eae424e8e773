"""Packs the collector for a computer of a hospital: `./sonae bundle collector [--to FOLDER] [--with-packages]`.

One archive with the program's source, the packages it needs by their hashes, an installer and the systemd unit. The
same clone gives the same bytes. With packages it needs no network where it is installed, but the same kind of machine
and Python as here.
"""

import argparse
import gzip
import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path

from tools import environment

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("wire", "engine", "collector")
# What stands in the archive beside the source, and where it comes from.
_BESIDE = {
    "install": "tools/collector_install.sh",
    "requirements.txt": "requirements/collector.txt",
    "sonae-collector.service": "deploy/systemd/sonae-collector.service",
    "connect-a-collector.ja.md": "docs/how-to/ja/connect-a-collector.md",
    "connect-a-collector.en.md": "docs/how-to/en/connect-a-collector.md",
}
_RUNNABLE = {"install"}


def name_of(root: Path) -> str:
    """The folder that unpacking makes."""
    project = tomllib.loads((root / "packages/collector/pyproject.toml").read_text("utf-8"))["project"]
    return f"sonae-collector-{project['version']}"


def contents(root: Path) -> Iterator[tuple[str, Path]]:
    """Every file of the archive: its name in there, and where it lies here."""
    for name, place in _BESIDE.items():
        yield name, root / place
    for package in PACKAGES:
        source = root / "packages" / package / "src"
        for path in _files_in(source):
            yield f"source/{path.relative_to(source).as_posix()}", path


def pack(root: Path, target: Path, *, packages: Path | None = None) -> Path:
    """Write the archive into a folder; answers where it is."""
    name = name_of(root)
    files = dict(contents(root))
    if packages is not None:
        files |= {f"packages/{path.relative_to(packages).as_posix()}": path for path in _files_in(packages)}
    target.mkdir(parents=True, exist_ok=True)
    archive = target / f"{name}.tar.gz"
    # Without the moment of packing, so that the same clone gives the same bytes.
    with (
        archive.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as out,
    ):
        for inside in sorted(files):
            content = files[inside].read_bytes()
            entry = tarfile.TarInfo(f"{name}/{inside}")
            entry.size, entry.mode = len(content), 0o755 if inside in _RUNNABLE else 0o644
            out.addfile(entry, io.BytesIO(content))
    return archive


def fetch(root: Path, packages: Path) -> None:
    """The packages the collector needs, for this kind of machine and this Python, checked by their hashes."""
    here = environment.Environment(Path(sys.prefix))
    command = [*environment.installer(here, root), "--quiet", "--require-hashes", "--only-binary", ":all:", "--no-deps"]
    subprocess.run(
        [*command, "--target", str(packages), "-r", str(root / "requirements/collector.txt")], check=True, stdout=2
    )
    (packages / "python").write_text(f"{sys.version_info.major}.{sys.version_info.minor}\n", "utf-8")


def _files_in(folder: Path) -> list[Path]:
    unwanted = {"__pycache__", "bin"}
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and unwanted.isdisjoint(path.relative_to(folder).parts)
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="sonae bundle", description="The collector, packed for a hospital.")
    parser.add_argument("what", choices=["collector"])
    parser.add_argument("--to", type=Path, default=Path(), help="the folder to write into (this one)")
    parser.add_argument("--with-packages", action="store_true", help="for a computer that reaches no network")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        packages = Path(scratch) if asked.with_packages else None
        if packages is not None:
            fetch(ROOT, packages)
        print(pack(ROOT, asked.to, packages=packages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
