"""How long a visit lies on a tablet that does not reach the portal (ADR 0024). No source prescribes the days: ours."""

from enum import StrEnum

# What the institution said, and what was observed, as last fetched.
PACK_KEPT_DAYS = 7
# What the inspector recorded and the portal has not got: after these days the page asks what is to become of it.
UNSENT_KEPT_DAYS = 30


class TabletRefusal(StrEnum):
    """Why something from a tablet is not received."""

    ANOTHER_ACCOUNT = "another_account"
