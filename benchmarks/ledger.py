"""A hospital group's ledger: a list of 200,000 devices from upload to applied, and a list of a million components.

    ./sonae bench ledger [--quick] [--database sqlite|postgres|both]

The list is CSV in the encoding of Windows, with days of the Japanese calendar, and is then brought once more with one
row in a hundred changed. The components are CycloneDX in JSON. `--quick` takes a tenth of both; seconds are then worked
out for the whole. The most memory that the components took is that of the program that reads, plans and applies them.
"""

import itertools
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tools import measuring

DEVICES, COMPONENTS = 200_000, 1_000_000
KEYS = ("ledger_rows_per_s", "ledger_200k_s", "bom_million_s", "bom_peak_rss_mb")
HEADERS = "資産番号,機器名,種別,メーカー,機種,製造番号,ホスト名,MACアドレス,IPアドレス,設置場所,担当者,導入日"
KINDS = ("サーバ", "PC", "ルータ", "医療機器")
PIECE = 1 << 20


def rows(count: int, *, changed_every: int = 0) -> Iterator[str]:
    """A made-up list."""
    yield HEADERS
    for number in range(count):
        ward = "別館" if changed_every and number % changed_every == 0 else f"{number % 90}病棟"
        mac = f"{number:012x}"
        yield (
            f"A-{number:06},端末{number},{KINDS[number % 4]},メーカー{number % 40},機種{number % 300},SN{number:08},"
            f"host{number:06},{mac},10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255},{ward},"
            f"担当{number % 200},R{number % 7 + 1}.{number % 12 + 1}.{number % 28 + 1}"
        )


def components(path: Path, count: int) -> None:
    """A made-up list of components, about 300 bytes each."""
    with path.open("w", encoding="utf-8") as file:
        file.write('{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[')
        for number in range(count):
            one = {
                "type": "library", "bom-ref": f"c{number}", "group": f"org.example.g{number % 500}",
                "name": f"part-{number}", "version": f"{number % 9}.{number % 30}.{number % 7}",
                "publisher": f"Publisher {number % 700}",
                "purl": f"pkg:maven/org.example.g{number % 500}/part-{number}@{number % 9}.{number % 30}.{number % 7}",
                "hashes": [{"alg": "SHA-256", "content": f"{number:064x}"}],
            }  # fmt: skip
            file.write(("," if number else "") + json.dumps(one))
        file.write("]}")


def pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def a_hospital(now: datetime) -> tuple[Any, Any]:
    from sonae.core.access import queries
    from sonae.core.accounts.vocabulary import Role
    from sonae.core.institutions import services as institutions
    from sonae.core.institutions.models import Institution
    from sonae.testing.cast import a_person, at_institution

    institutions.generate_synthetic_sector(20, seed=1, now=now - timedelta(days=400))
    hospital = Institution.objects.order_by("pk").first()
    assert hospital is not None
    manager = a_person(Role.INSTITUTION_MANAGER, at=at_institution(hospital), name="測定 花子", now=now)
    return hospital, queries.viewer_of(manager.account.pk, now=now)


def brought(content: Iterator[bytes], *, hospital: Any, by: Any, name: str, now: datetime, **more: Any) -> list[float]:
    """Seconds of the upload with its mapping, of the plan, and of applying it."""
    from sonae.prevention.assets import services
    from sonae.prevention.assets.intake import presenting
    from sonae.prevention.assets.intake.vocabulary import ImportState

    began = time.process_time()
    marks = [time.perf_counter()]
    run = services.begin_import(content, institution_id=hospital.pk, name=name, by=by, now=now, **more)
    if run.state == ImportState.MAPPING:
        services.map_import(run.pk, presenting.draft_of(run).mapping, source="一覧", by=by, now=now)
    marks.append(time.perf_counter())
    assert services.carry_out_plan(run.pk, now=now) is ImportState.PLANNED
    marks.append(time.perf_counter())
    services.order_apply(run.pk, by=by, now=now)
    assert services.carry_out_apply(run.pk, now=now + timedelta(seconds=1)) is ImportState.APPLIED
    marks.append(time.perf_counter())
    print(f"{name}: {time.process_time() - began:.1f} s of this program's own computing")
    return [after - before for before, after in itertools.pairwise(marks)]


def measure(part: int) -> None:
    """Prints what it took on the database of this child, and the figures as the last line."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from sonae.prevention.assets.models import Asset, Component

    call_command("migrate", verbosity=0)
    now = timezone.now()
    hospital, by = a_hospital(now)
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB before anything is brought")
    device = Asset.objects.create(institution=hospital, kind="medical_device", name="CT", recorded_at=now)
    with tempfile.TemporaryDirectory(prefix="sonae-bench-") as folder:
        path = Path(folder, "bom.json")
        components(path, COMPONENTS // part)
        size = path.stat().st_size
        later = now + timedelta(seconds=10)
        bom = brought(pieces(path), hospital=hospital, by=by, name="bom.json", now=later, asset_id=device.pk)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    assert Component.objects.filter(asset=device).count() == COMPONENTS // part
    print(f"{COMPONENTS // part:,} components, {size / 1e6:.0f} MB: upload {bom[0]:.1f} s, plan {bom[1]:.1f} s, "
          f"apply {bom[2]:.1f} s; at most {peak} MB")  # fmt: skip
    count = DEVICES // part
    listed = "\r\n".join(rows(count)).encode("cp932")
    first = brought(iter([listed]), hospital=hospital, by=by, name="list.csv", now=now + timedelta(seconds=20))
    assert Asset.objects.in_use().count() == count + 1
    print(f"{count:,} devices: upload {first[0]:.1f} s, plan {first[1]:.1f} s, apply {first[2]:.1f} s")
    changed = "\r\n".join(rows(count, changed_every=100)).encode("cp932")
    again = brought(iter([changed]), hospital=hospital, by=by, name="list.csv", now=now + timedelta(seconds=40))
    print(f"the same with one in a hundred changed: upload {again[0]:.1f} s, plan {again[1]:.1f} s, "
          f"apply {again[2]:.1f} s")  # fmt: skip
    figures = {
        "ledger_rows_per_s": round(count / sum(first)),
        "ledger_200k_s": round(sum(first) * part, 1),
        "bom_million_s": round(sum(bom) * part, 1),
        "bom_peak_rss_mb": peak,
    }
    print(json.dumps(figures))


def main() -> None:
    """Reads the arguments; prints the figures of each database, and the worst of each as the last line."""
    asked = measuring.asked(__doc__)
    if asked.child:
        measure(10 if asked.quick else 1)
        return
    found = {
        name: measuring.on_database(name, __file__, quick=asked.quick) for name in measuring.DATABASES[asked.database]
    }
    worst = {key: max(one[key] for one in found.values()) for key in KEYS[1:]}
    print(json.dumps({KEYS[0]: min(one[KEYS[0]] for one in found.values())} | worst))


if __name__ == "__main__":
    sys.exit(main())
