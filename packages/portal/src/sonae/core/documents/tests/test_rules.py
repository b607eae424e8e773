import pytest

from sonae.core.documents import rules
from sonae.core.documents.vocabulary import FileRefusal, Kind, Purpose, ScanState, Sensitivity
from sonae.kernel.decision import ALLOWED, Refused


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
def test_only_what_is_infected_is_held_back(scan: ScanState) -> None:
    assert rules.may_hand_out(scan).ok is (scan is not ScanState.INFECTED)


@pytest.mark.parametrize("sensitivity", list(Sensitivity))
def test_a_look_at_what_is_not_public_is_recorded(sensitivity: Sensitivity) -> None:
    assert rules.reading_is_recorded(sensitivity) is (sensitivity is not Sensitivity.PUBLIC)
