"""How often somebody without an account may ask within a minute, over all processes together."""

from datetime import datetime

from django.core.cache import cache

_KEPT_SECONDS = 120


def is_too_fast(key: str, *, most: int, now: datetime) -> bool:
    """Counts this request on the account of `key`, and says whether more than `most` came in the minute of `now`.

    Two that come at the same instant may count as one: the limit is for those who ask without end.
    """
    name = f"pace:{key}:{int(now.timestamp()) // 60}"
    if cache.add(name, 1, timeout=_KEPT_SECONDS):
        return most < 1
    try:
        return bool(cache.incr(name) > most)
    except ValueError:
        # Pushed out between the two lines: the count begins anew.
        cache.add(name, 1, timeout=_KEPT_SECONDS)
        return most < 1
