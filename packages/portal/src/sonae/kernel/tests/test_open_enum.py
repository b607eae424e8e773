from enum import StrEnum

import pytest

from sonae.kernel.open_enum import OpenEnum


class Metal(StrEnum):
    IRON = "iron"
    TIN = "tin"


class Person(StrEnum):
    TIN = "tin"


@pytest.fixture
def colours():
    words: OpenEnum[str] = OpenEnum("colour of things")
    words.bring(Metal.IRON, "black")
    return words


def test_stored_text_becomes_the_member_of_the_room_that_brought_it(colours):
    colours.bring(Metal.TIN, "grey")
    assert colours("tin") is Metal.TIN
    assert list(colours) == [Metal.IRON, Metal.TIN]
    assert (colours[Metal.TIN], Metal.TIN in colours) == ("grey", True)


def test_an_unknown_text_is_refused_as_an_enum_refuses_it(colours):
    assert Metal.TIN not in colours
    with pytest.raises(ValueError, match="no known colour of things"):
        colours("tin")


def test_a_room_may_bring_its_word_again_and_no_other_room_may(colours):
    colours.bring(Metal.TIN, "grey")
    colours.bring(Metal.TIN, "silver")
    assert colours[Metal.TIN] == "silver"
    with pytest.raises(AssertionError, match="already brought"):
        colours.bring(Person.TIN, "pink")
