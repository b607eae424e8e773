import io
import os
import signal
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typst

from sonae.core.access.vocabulary import PlaceKind
from sonae.core.accounts.vocabulary import Role
from sonae.core.audit.models import Entry
from sonae.core.documents import queries, services, storage, virus
from sonae.core.documents.models import Document
from sonae.core.documents.tests import samples
from sonae.core.documents.tests.clamd import EICAR, SILENCING, running_clamd
from sonae.core.documents.vocabulary import DocumentRefusal, FileRefusal, Purpose, ScanState, Sensitivity, Unseen
from sonae.core.institutions.models import Institution
from sonae.kernel.errors import BadInput, Gone, NotAllowed
from sonae.testing.cast import NOW, Person


@pytest.fixture(autouse=True)
def place(settings: SimpleNamespace, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "documents"


def _store(
    by: Person,
    hospital: Institution | None,
    content: bytes = b"proof",
    *,
    name: str = "proof.txt",
    sensitivity: Sensitivity = Sensitivity.SHAREABLE,
    purpose: Purpose = Purpose.EVIDENCE,
) -> Document:
    return services.store(
        [content[:3], content[3:]],
        name=name,
        purpose=purpose,
        sensitivity=sensitivity,
        institution_id=hospital and hospital.pk,
        by=by.viewer,
        now=NOW,
    )


def _files(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file())


def test_a_stored_file_lies_under_its_hash_for_nobody_else_to_read(
    manager: Person, hospital: Institution, place: Path
) -> None:
    document = _store(manager, hospital)
    (path,) = _files(place)
    assert path == place / document.sha256[:2] / document.sha256
    assert path.read_bytes() == b"proof"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert Entry.objects.filter(verb="document.store", subject_id=str(document.pk), institution_id=hospital.pk).exists()


def test_equal_bytes_are_kept_once_and_named_twice(
    manager: Person, stranger: Person, hospital: Institution, other_hospital: Institution, place: Path
) -> None:
    first, second = _store(manager, hospital), _store(stranger, other_hospital)
    assert first.pk != second.pk
    assert first.sha256 == second.sha256
    assert len(_files(place)) == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.pdf", b"not a pdf", FileRefusal.CONTENT_IS_OTHER),
        ("..", b"x", FileRefusal.NAME_MISSING),
        ("a.txt", b"", FileRefusal.EMPTY),
        ("a.txt", b"x" * 20_000_001, FileRefusal.TOO_LARGE),
        ("a.xlsx", samples.workbook(xl__vbaProject_dot_bin=b"x"), FileRefusal.OFFICE_MACROS),
    ],
)
def test_of_a_refused_file_nothing_is_kept(
    manager: Person, hospital: Institution, place: Path, name: str, content: bytes, reason: FileRefusal
) -> None:
    with pytest.raises(BadInput) as refused:
        _store(manager, hospital, content, name=name)
    assert refused.value.problems[0].reason is reason
    assert _files(place) == []
    assert not Document.objects.exists()


def test_an_upload_cut_off_in_the_middle_leaves_nothing(manager: Person, hospital: Institution, place: Path) -> None:
    def broken_line() -> object:
        yield b"first half"
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        services.store(
            broken_line(),  # type: ignore[arg-type]
            name="a.txt",
            purpose=Purpose.EVIDENCE,
            sensitivity=Sensitivity.PUBLIC,
            institution_id=hospital.pk,
            by=manager.viewer,
            now=NOW,
        )
    assert _files(place) == []


def test_nobody_stores_for_another_institution_and_staff_not_at_all(
    stranger: Person, colleague: Person, hospital: Institution
) -> None:
    for person in (stranger, colleague):
        with pytest.raises(NotAllowed):
            _store(person, hospital)


def test_what_is_for_an_institution_only_belongs_to_one(officer: Person) -> None:
    with pytest.raises(NotAllowed) as refused:
        services.store(
            [b"a"], name="a.txt", purpose=Purpose.INCIDENT, sensitivity=Sensitivity.INSTITUTION_ONLY,
            institution_id=None, by=officer.viewer, now=NOW,
        )  # fmt: skip
    assert refused.value.refusal.reason == DocumentRefusal.NEEDS_INSTITUTION
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("sensitivity", "seen_by"),
    [
        (Sensitivity.PUBLIC, {"manager", "executive", "inspector", "officer", "stranger"}),
        (Sensitivity.SHAREABLE, {"manager", "executive", "inspector", "officer"}),
        (Sensitivity.INSTITUTION_ONLY, {"manager", "executive"}),
    ],
)
def test_who_sees_a_hospitals_file(
    request: pytest.FixtureRequest, manager: Person, hospital: Institution, sensitivity: Sensitivity, seen_by: set[str]
) -> None:
    document = _store(manager, hospital, sensitivity=sensitivity)
    for name in ("manager", "executive", "inspector", "officer", "stranger"):
        person: Person = request.getfixturevalue(name)
        assert Document.objects.visible_to(person.viewer).filter(pk=document.pk).exists() is (name in seen_by), name
        if name not in seen_by:
            with pytest.raises(Gone):
                services.open_document(document.pk, by=person.viewer, now=NOW)


def test_a_file_of_the_nation_is_not_for_hospitals(officer: Person, responder: Person, manager: Person) -> None:
    document = _store(officer, None)
    assert Document.objects.visible_to(responder.viewer).filter(pk=document.pk).exists()
    assert not Document.objects.visible_to(manager.viewer).exists()


def test_a_second_role_elsewhere_opens_no_files_there(
    analyst: Person, manager: Person, stranger: Person, hospital: Institution, other_hospital: Institution
) -> None:
    """Staff read no documents, nor do analysts: being a manager at another hospital changes neither."""
    _store(manager, hospital, sensitivity=Sensitivity.INSTITUTION_ONLY)
    _store(manager, hospital, sensitivity=Sensitivity.SHAREABLE)
    own = _store(stranger, other_hospital, sensitivity=Sensitivity.INSTITUTION_ONLY)
    both = stranger.viewer.grants | {
        *analyst.viewer.grants,
        (Role.STAFF, PlaceKind.INSTITUTION.value, hospital.pk),
    }
    viewer = replace(
        stranger.viewer, grants=both, nation=True, institution_ids=frozenset({hospital.pk, other_hospital.pk})
    )
    assert list(Document.objects.visible_to(viewer)) == [own]


def test_each_look_at_a_confidential_file_is_recorded(
    manager: Person, inspector: Person, hospital: Institution
) -> None:
    document = _store(manager, hospital)
    _, content = services.open_document(document.pk, by=inspector.viewer, now=NOW)
    with content:
        assert content.read() == b"proof"
    looked = Entry.objects.get(verb="document.read", subject_id=str(document.pk))
    assert (looked.kind, looked.by) == ("read", str(inspector.account.pk))
    public = _store(manager, hospital, sensitivity=Sensitivity.PUBLIC)
    _, content = services.open_document(public.pk, by=inspector.viewer, now=NOW)
    content.close()
    assert Entry.objects.filter(verb="document.read").count() == 1


def test_a_file_whose_bytes_are_lost_says_so_and_is_not_recorded_as_read(
    manager: Person, hospital: Institution, place: Path
) -> None:
    document = _store(manager, hospital)
    _files(place)[0].unlink()
    with pytest.raises(Gone):
        services.open_document(document.pk, by=manager.viewer, now=NOW)
    assert not Entry.objects.filter(verb="document.read").exists()


def test_the_scanner_passes_what_is_clean_and_stops_a_virus(
    manager: Person, hospital: Institution, place: Path, tmp_path: Path, settings: SimpleNamespace
) -> None:
    with running_clamd(tmp_path) as settings.CLAMD_SOCKET:
        assert _store(manager, hospital).scan is ScanState.CLEAN
        with pytest.raises(BadInput) as refused:
            _store(manager, hospital, EICAR, name="eicar.txt")
    assert refused.value.problems[0].reason is FileRefusal.INFECTED
    assert refused.value.problems[0].facts == {"signature": "Eicar-Test-Signature"}
    assert len(_files(place)) == 1


def test_without_a_scanner_a_file_is_kept_and_scanned_later(
    manager: Person, hospital: Institution, tmp_path: Path, settings: SimpleNamespace
) -> None:
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    clean, sick = _store(manager, hospital), _store(manager, hospital, EICAR, name="eicar.txt")
    assert clean.scan is sick.scan is ScanState.NOT_SCANNED
    assert queries.waits_for_scan(now=NOW)
    assert services.scan_waiting(now=NOW) == 0
    with running_clamd(tmp_path) as settings.CLAMD_SOCKET:
        assert services.scan_waiting(now=NOW) == 2
        assert services.scan_waiting(now=NOW) == 0
    clean.refresh_from_db()
    sick.refresh_from_db()
    assert (clean.scan, sick.scan, sick.scan_signature) == (ScanState.CLEAN, ScanState.INFECTED, "Eicar-Test-Signature")
    with pytest.raises(NotAllowed):
        services.open_document(sick.pk, by=manager.viewer, now=NOW)
    assert Entry.objects.filter(verb="document.infected", subject_id=str(sick.pk)).count() == 1


def test_a_scanner_that_gives_no_clear_answer_counts_as_none(tmp_path: Path) -> None:
    with running_clamd(tmp_path) as address:
        assert virus.scan(io.BytesIO(SILENCING), address=address) == virus.Finding(ScanState.NOT_SCANNED)
        assert virus.scan(io.BytesIO(b"x" * 1_100_000), address=address).state is ScanState.TOO_LARGE
    nobody = virus.Finding(ScanState.NOT_SCANNED, is_reached=False)
    assert virus.scan(io.BytesIO(b"x"), address="127.0.0.1:1") == nobody
    assert virus.scan(io.BytesIO(b"x"), address="") == nobody


def test_what_gets_no_answer_holds_up_no_later_file(
    manager: Person,
    hospital: Institution,
    tmp_path: Path,
    settings: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(services, "SCANNED_AT_ONCE", 2)
    stuck = [_store(manager, hospital, SILENCING + bytes([65 + number])) for number in range(3)]
    clean = _store(manager, hospital)
    with running_clamd(tmp_path) as settings.CLAMD_SOCKET:
        assert [services.scan_waiting(now=NOW + timedelta(minutes=minute)) for minute in (0, 1, 2)] == [0, 1, 0]
        clean.refresh_from_db()
        assert clean.scan is ScanState.CLEAN
        assert not queries.waits_for_scan(now=NOW + timedelta(minutes=4))
        assert queries.waits_for_scan(now=NOW + timedelta(minutes=6))
    for document in stuck:
        document.refresh_from_db()
        assert (document.scan, document.scanned_at) == (ScanState.NOT_SCANNED, None)
        assert document.scan_tried_at is not None


def test_while_no_scanner_listens_no_file_is_put_off(
    manager: Person, hospital: Institution, tmp_path: Path, settings: SimpleNamespace
) -> None:
    document = _store(manager, hospital)
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    assert services.scan_waiting(now=NOW) == 0
    document.refresh_from_db()
    assert document.scan_tried_at is None
    assert queries.waits_for_scan(now=NOW)


def test_what_is_too_large_and_what_is_lost_are_told_apart_and_heal(
    manager: Person, hospital: Institution, place: Path, tmp_path: Path, settings: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    large, lost = _store(manager, hospital, b"x" * 1_100_000), _store(manager, hospital, b"to be lost")
    bytes_of_lost = place / lost.sha256[:2] / lost.sha256
    bytes_of_lost.rename(tmp_path / "backup")
    with running_clamd(tmp_path) as settings.CLAMD_SOCKET:
        assert services.scan_waiting(now=NOW) == 0
        assert queries.unseen() == Unseen(too_large=1, lost=(lost.sha256,))
        assert Entry.objects.filter(verb="document.lost", subject_id=str(lost.pk)).count() == 1
        (tmp_path / "backup").rename(bytes_of_lost)
        monkeypatch.setattr("sonae.core.documents.tests.clamd.MOST", 2_000_000)
        assert services.scan_waiting(now=NOW + timedelta(days=1)) == 2
        assert not queries.unseen().any
    for document in (large, lost):
        document.refresh_from_db()
        assert (document.scan, document.scan_again_at) == (ScanState.CLEAN, None)


def test_what_no_scanner_has_seen_leaves_its_own_institution_never_and_stays_only_confirmed(
    manager: Person, executive: Person, inspector: Person, officer: Person, hospital: Institution, tmp_path: Path,
    settings: SimpleNamespace,
) -> None:  # fmt: skip
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    document = _store(manager, hospital)
    for person in (inspector, officer):
        with pytest.raises(NotAllowed) as refused:
            services.open_document(document.pk, by=person.viewer, now=NOW, although_unscanned=True)
        assert refused.value.refusal.reason is DocumentRefusal.NOT_SCANNED
    for person in (manager, executive):
        with pytest.raises(NotAllowed) as refused:
            services.open_document(document.pk, by=person.viewer, now=NOW)
        assert refused.value.refusal.reason is DocumentRefusal.NEEDS_CONFIRMATION
        _, content = services.open_document(document.pk, by=person.viewer, now=NOW, although_unscanned=True)
        content.close()
    assert [entry.facts for entry in Entry.objects.filter(verb="document.read")] == [{"unscanned": True}] * 2


def test_what_an_inspector_put_into_a_hospitals_files_is_not_the_hospitals_own(
    manager: Person, inspector: Person, hospital: Institution, tmp_path: Path, settings: SimpleNamespace
) -> None:
    settings.CLAMD_SOCKET = str(tmp_path / "nobody.sock")
    document = _store(inspector, hospital)
    with pytest.raises(NotAllowed):
        services.open_document(document.pk, by=manager.viewer, now=NOW, although_unscanned=True)
    _, content = services.open_document(document.pk, by=inspector.viewer, now=NOW, although_unscanned=True)
    content.close()


@pytest.mark.skipif(not Path("/run/clamav/clamd.ctl").exists(), reason="no clamd runs on this machine")
def test_the_real_scanner_answers_the_same_way() -> None:
    assert virus.scan(io.BytesIO(b"harmless"), address="/run/clamav/clamd.ctl").state is ScanState.CLEAN


def test_the_sweep_removes_bytes_that_no_document_names_after_a_day(
    manager: Person, hospital: Institution, place: Path
) -> None:
    kept = _store(manager, hospital)
    with storage.receive([b"orphan"], name="a", most_bytes=10) as received:
        storage.store().keep(received)
    assert services.sweep(now=NOW) == 0
    old = (NOW - timedelta(days=2)).timestamp()
    for path in _files(place):
        os.utime(path, (old, old))
    assert services.sweep(now=NOW) == 1
    assert [path.name for path in _files(place)] == [kept.sha256]


def test_the_sweep_removes_what_was_half_written_when_its_process_was_killed(
    hospital: Institution, place: Path
) -> None:
    def cut_off() -> Iterator[bytes]:
        yield b"half of"
        os.kill(os.getpid(), signal.SIGKILL)
        yield b" a file"

    child = os.fork()
    if not child:
        with storage.receive(cut_off(), name="a.txt", most_bytes=20):
            os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    (left,) = _files(place)
    assert services.sweep(now=NOW) == 0
    old = (NOW - timedelta(days=2)).timestamp()
    os.utime(left, (old, old))
    assert services.sweep(now=NOW) == 1
    assert _files(place) == []


def test_the_sweep_removes_a_picture_whose_process_was_killed_while_it_was_drawn(place: Path) -> None:
    child = os.fork()
    if not child:
        with storage.workroom() as folder:
            (folder / "picture").write_bytes(b"seen by few")
            os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    (left,) = _files(place)
    assert services.sweep(now=NOW) == 0
    old = (NOW - timedelta(days=2)).timestamp()
    os.utime(left.parent, (old, old))
    assert services.sweep(now=NOW) == 1
    assert not left.parent.exists()


def test_a_small_picture_is_drawn_where_the_sweep_looks(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = list[Path]()
    compiler = typst.Compiler

    def watched(frame: Path, **more: Any) -> typst.Compiler:
        drawn.append(frame)
        return compiler(frame, **more)

    monkeypatch.setattr(typst, "Compiler", watched)
    assert services.thumbnail(samples.picture(8, 8))
    assert place in drawn[0].parents
    assert _files(place) == []


def test_a_file_that_is_only_read_is_gone_afterwards(place: Path) -> None:
    with services.on_disk([b"ev", b"ents"], name="eve.json", most_bytes=6) as path:
        assert path.read_bytes() == b"events"
        assert place in path.parents
    assert _files(place) == []
    with pytest.raises(BadInput), services.on_disk([b"ev", b"ents!"], name="eve.json", most_bytes=6):
        pass
    assert _files(place) == []


def test_what_sonae_writes_is_kept_without_asking(hospital: Institution) -> None:
    document = services.store_generated(
        samples.pdf(),
        name="report.pdf",
        purpose=Purpose.EVIDENCE,
        sensitivity=Sensitivity.SHAREABLE,
        institution_id=hospital.pk,
        by=None,
        now=NOW,
    )
    assert (document.kind, document.scan) == ("pdf", ScanState.CLEAN)


def test_twenty_megabytes_are_taken_in(manager: Person, hospital: Institution) -> None:
    line = "備前合成病院,外部接続,確認済み\n".encode()
    content = line * (19_900_000 // len(line))
    assert _store(manager, hospital, content, name="log.csv").size_bytes == len(content)
