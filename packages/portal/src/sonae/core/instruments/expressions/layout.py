"""The names of a form, as expressions find them."""

from dataclasses import dataclass, field

from sonae.core.instruments.expressions.scope import Element, ElementKind


@dataclass(slots=True, eq=False)
class Layout:
    """The tree of a form's elements, every element by its name, and the lists that `instance('…')` may name.

    The elements of lists are open: which columns a list has is known only with its rows.
    """

    root: Element
    by_name: dict[str, list[Element]] = field(default_factory=dict)
    instances: dict[str, Element] = field(default_factory=dict)
    # What the patterns of the form have cost so far (`patterns.MOST_STATES_IN_ALL`).
    pattern_states: int = 0

    def add(self, parent: Element, id_: str, name: str, kind: ElementKind) -> Element:
        element = parent.add(id_, name, kind)
        self.by_name.setdefault(name, []).append(element)
        return element

    def add_instance(self, name: str) -> Element:
        """The root of a list: `root` with an `item` for each row."""
        root = Element("", "root", ElementKind.GROUP)
        root.add("item", "item", ElementKind.REPEAT, is_open=True)
        above = Element("", "", ElementKind.GROUP)
        above.children["root"] = root
        root.parent = above
        self.instances[name] = above
        return above


def empty_layout(name: str = "data") -> Layout:
    return Layout(Element("", name, ElementKind.GROUP))
