"""A vocabulary that grows with the house: each room brings its own words to a list that a lower room keeps."""

from collections.abc import Iterator
from enum import StrEnum


class OpenEnum[Known]:
    """Members of the rooms' own StrEnums, each with what the keeper of the list must know about it.

    Rooms bring their words once, in `AppConfig.ready`. Calling it turns stored text into the member, as an enum does.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._known: dict[StrEnum, Known] = {}
        self._members: dict[str, StrEnum] = {}

    def bring(self, member: StrEnum, known: Known) -> None:
        """Adds a word of a room; two rooms cannot bring the same text."""
        held = self._members.setdefault(member.value, member)
        assert held is member, f"{self.name} “{member.value}” of {type(member)} was already brought by {type(held)}"
        self._known[member] = known

    def __call__(self, text: str) -> StrEnum:
        """The member that a text stands for; raises ValueError as an enum does."""
        try:
            return self._members[text]
        except KeyError:
            raise ValueError(f"{text!r} is no known {self.name}") from None

    def __getitem__(self, member: StrEnum) -> Known:
        return self._known[member]

    def __contains__(self, member: object) -> bool:
        return member in self._known

    def __iter__(self) -> Iterator[StrEnum]:
        return iter(self._known)
