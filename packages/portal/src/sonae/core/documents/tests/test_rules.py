from datetime import timedelta

import pytest

from sonae.core.documents import rules
from sonae.core.documents.vocabulary import DocumentRefusal, FileRefusal, Kind, Purpose, ScanState, Sensitivity
from sonae.kernel.decision import ALLOWED, Refused
from sonae.testing.cast import NOW


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("報告.pdf", "報告.pdf"),
        ("C:\\Users\\a\\計画.docx", "計画.docx"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("bad\r\nSet-Cookie: a.csv", "badSet-Cookie: a.csv"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("か\u3099.txt", "が.txt"),
        ("  .. ", ""),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
        ("x" * 300, "x" * 120),
    ],
)
def test_a_name_is_tidied(name: str, tidy: str) -> None:
    assert rules.tidy_name(name) == tidy


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.PDF", Kind.PDF), ("a.jpeg", Kind.JPEG), ("a.exe", None), ("pdf", None), ("a.xlsm", None), ("a.tar.gz", None)],
)
def test_the_kind_that_a_name_claims(name: str, kind: Kind | None) -> None:
    assert rules.kind_of(name) is kind


@pytest.mark.parametrize("purpose", list(Purpose))
def test_each_purpose_has_its_limit_to_the_byte(purpose: Purpose) -> None:
    limits = rules.LIMITS[purpose]
    kind = min(limits.kinds)
    assert rules.may_store(kind, limits=limits, size_bytes=limits.most_bytes) == ALLOWED
    over = rules.may_store(kind, limits=limits, size_bytes=limits.most_bytes + 1)
    assert isinstance(over, Refused) and over.reason is FileRefusal.TOO_LARGE
    for other in set(Kind) - limits.kinds:
        refused = rules.may_store(other, limits=limits, size_bytes=1)
        assert isinstance(refused, Refused) and refused.reason is FileRefusal.KIND_NOT_FOR_PURPOSE


@pytest.mark.parametrize("scan", list(ScanState))
def test_without_a_scanner_only_what_is_infected_is_held_back(scan: ScanState) -> None:
    decision = rules.may_hand_out(scan, has_scanner=False, is_own=False, is_confirmed=False)
    assert decision.ok is (scan is not ScanState.INFECTED)


@pytest.mark.parametrize(
    ("scan", "is_own", "is_confirmed", "reason"),
    [
        (ScanState.CLEAN, False, False, None),
        (ScanState.INFECTED, True, True, DocumentRefusal.IS_INFECTED),
        (ScanState.NOT_SCANNED, False, False, DocumentRefusal.NOT_SCANNED),
        (ScanState.NOT_SCANNED, False, True, DocumentRefusal.NOT_SCANNED),
        (ScanState.NOT_SCANNED, True, False, DocumentRefusal.NEEDS_CONFIRMATION),
        (ScanState.NOT_SCANNED, True, True, None),
        (ScanState.TOO_LARGE, False, True, DocumentRefusal.TOO_LARGE_TO_SCAN),
        (ScanState.TOO_LARGE, True, True, None),
        (ScanState.LOST, True, True, DocumentRefusal.BYTES_LOST),
    ],
)
def test_with_a_scanner_what_it_has_not_seen_goes_to_its_own_only_and_confirmed(
    scan: ScanState, is_own: bool, is_confirmed: bool, reason: DocumentRefusal | None
) -> None:
    decision = rules.may_hand_out(scan, has_scanner=True, is_own=is_own, is_confirmed=is_confirmed)
    assert getattr(decision, "reason", None) is reason


def test_a_file_without_an_answer_waits_twice_as_long_each_time_and_a_day_at_the_most() -> None:
    tried, waits = None, []
    now = NOW
    for _ in range(12):
        again = rules.scan_again_at(tried, now=now)
        waits.append(again - now)
        tried, now = now, again
    assert waits[:4] == [timedelta(minutes=minutes) for minutes in (5, 10, 20, 40)]
    assert waits[-1] == timedelta(days=1)


@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_a_look_at_what_is_not_public_is_recorded(sensitivity: Sensitivity) -> None:
    assert rules.reading_is_recorded(sensitivity) is (sensitivity is not Sensitivity.PUBLIC)
