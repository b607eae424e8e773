"""One figure of an edition, as files and the API tell it."""

from dataclasses import dataclass

from sonae.prevention.surveys.results.vocabulary import ASKED, Class, Column


@dataclass(frozen=True, slots=True)
class FigureCell:
    """One figure of an edition: of which question and class, how many institutions, and of how many asked."""

    column: Column
    name: str
    each: Class
    place: int
    heading: str
    figure: int | None
    asked: int | None

    @property
    def share(self) -> float | None:
        """In per cent with one place; None of the denominator itself, and where something is kept back."""
        if self.figure is None or not self.asked or self.place == ASKED:
            return None
        return round(100 * self.figure / self.asked, 1)
