from enum import StrEnum


class WebRefusal(StrEnum):
    """Refusals of the edges themselves."""

    CSRF_FAILED = "csrf_failed"
    FIELD_INVALID = "field_invalid"
    CURSOR_UNKNOWN = "cursor_unknown"
    KEY_REUSED = "key_reused"
    KEY_OF_FORMER_ROLES = "key_of_former_roles"
    KEY_MALFORMED = "key_malformed"
    BODY_TOO_LARGE = "body_too_large"


class Tlp(StrEnum):
    """Traffic Light Protocol 2.0 (FIRST, August 2022): how far a recipient may pass something on."""

    RED = "red"
    AMBER_STRICT = "amber+strict"
    AMBER = "amber"
    GREEN = "green"
    CLEAR = "clear"


class Environment(StrEnum):
    """What an installation that is not the real thing is for; the banner above every page says so."""

    DEMO = "demo"
    TRAINING = "training"
    TEST = "test"
