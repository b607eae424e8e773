"""Facts that the components of the templates take."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sonae.core.web.words import Text


class Tone(StrEnum):
    """How grave something is. Every tone has a shape of its own, so that colour never speaks alone."""

    NEUTRAL = "neutral"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"


class StepState(StrEnum):
    DONE = "done"
    CURRENT = "current"
    TODO = "todo"


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a timeline."""

    at: datetime
    title: Text
    text: Text = ""
    by: Text = ""
    tone: Tone = Tone.NEUTRAL
    href: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a procedure on the screen."""

    label: Text
    state: StepState


@dataclass(frozen=True, slots=True)
class DutyCard:
    """A duty as its owner sees it: what, until when, why, and by which rule."""

    title: Text
    due_at: datetime
    why: Text
    source: Text
    href: str
    source_url: str = ""
    unverified: bool = False
    place: Text = ""
    tone: Tone = Tone.NEUTRAL
    state_words: Text = ""
