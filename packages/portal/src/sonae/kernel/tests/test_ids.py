import time

from sonae.kernel import ids
from sonae.kernel.ids import digest, new_id, secret_token


def test_ids_sort_by_the_order_they_were_made_in():
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_are_version_7_and_hold_the_time(monkeypatch):
    # Another test of this process may have lived later: ids never go back behind one already made.
    monkeypatch.setattr(ids, "_last_millisecond", 0)
    before = time.time_ns() // 1_000_000
    made = new_id()
    assert made.version == 7 and made.variant == "specified in RFC 4122"
    assert before - 1 <= made.int >> 80 <= before + 60_000


def test_a_clock_that_goes_back_does_not_disorder_ids(monkeypatch):
    first = new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 1)
    assert new_id() > first


def test_secrets_differ_and_say_what_they_open():
    one, other = secret_token("sonae_col"), secret_token("sonae_col")
    assert one != other and one.startswith("sonae_col_") and len(one) > 40


def test_a_digest_is_sha256():
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
