"""The help of the command line in Japanese: whole sentences, and no words of the library (typer) left in English.

Typer lays help out in tables that cut off what has no spaces, which a Japanese sentence has not. Here the lines are
broken before. What typer writes itself and asks nobody to translate is named here as well.
"""

import gettext
import re
import shutil
import unicodedata
from collections.abc import Iterable
from typing import Any

from typer import core

# The words of the library stand in a catalogue of their own (terminal.po), not among those of the portal.
_of_terminal = gettext.gettext
# A run of letters without Japanese among them stays in one line; everything else may be broken after any character.
_PIECES = re.compile(r"[!-~]+ ?|.", re.DOTALL)
_WIDE = frozenset("WF")
# What does not begin a line.
_CLOSING = frozenset("、。，．」』）)】〉》・：；！？ー")
# Frame, gaps and the star of what is required, around the columns of a table of options; and of commands.
_AROUND_OPTIONS, _AROUND_COMMANDS = 21, 8
_NARROWEST = 20
# As wide as bounds are written: [2000<=x<=180000].
_BOUNDS = 20


def cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(2 if unicodedata.east_asian_width(one) in _WIDE else 1 for one in text)


def folded(text: str, *, width: int) -> str:
    """A text with its lines broken at this many columns; one without a wide character is left to the library."""
    if cells(text) == len(text):
        return text
    return "\n".join(line for paragraph in text.split("\n") for line in _lines(paragraph, width))


def _lines(text: str, width: int) -> Iterable[str]:
    line = ""
    for piece in _PIECES.findall(text):
        # A closing sign may stand out by itself: nobody reads a line that begins with it.
        if line and cells(line) + cells(piece.rstrip()) > width - 2 and piece not in _CLOSING:
            yield line.rstrip()
            line = ""
        line += piece
    yield line.rstrip()


class SpokenCommand(core.TyperCommand):
    """A command whose help is in the language of the terminal."""

    def get_help(self, ctx: Any) -> str:
        speak(self, ctx)
        return super().get_help(ctx)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        speak(self, ctx)
        super().format_help(ctx, formatter)


class SpokenGroup(core.TyperGroup):
    """A group of commands whose help is in the language of the terminal, with that of its commands."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = super().get_command(ctx, cmd_name)
        if found is not None:
            speak(found, ctx)
        return found

    def format_help(self, ctx: Any, formatter: Any) -> None:
        speak(self, ctx)
        width = _columns() - max((cells(name) for name in self.commands), default=0) - _AROUND_COMMANDS
        for command in self.commands.values():
            command.short_help = folded(command.short_help or command.help or "", width=max(_NARROWEST, width))
        super().format_help(ctx, formatter)


def speak(command: Any, ctx: Any) -> None:
    """Puts the words of one command into the language of the terminal; doing it again changes nothing."""
    if command.options_metavar == "[OPTIONS]":
        command.options_metavar = _of_terminal("[OPTIONS]")
    if getattr(command, "subcommand_metavar", None) == "COMMAND [ARGS]...":
        command.subcommand_metavar = _of_terminal("COMMAND [ARGS]...")
    option = command.get_help_option(ctx)
    if option is not None:
        option.help = _of_terminal("Show this message and exit.")
    parameters = [one for one in (*command.params, option) if getattr(one, "help", None)]
    names = max((cells(",".join(one.opts + one.secondary_opts)) for one in command.params), default=0)
    types = max((_type_cells(one.display_type_rich(ctx=ctx) or "") for one in command.params), default=0)
    width = max(_NARROWEST, _columns() - names - types - _AROUND_OPTIONS)
    for parameter in parameters:
        if cells(parameter.help) != len(parameter.help):
            # Breaking it anew takes the old breaks out first.
            parameter.help = folded(parameter.help.replace("\n", ""), width=width)


def _type_cells(shown: str) -> int:
    """How many columns the kind of a value takes; its bounds stand behind it."""
    return cells(shown) + (_BOUNDS if "range" in shown else 0)


def _columns() -> int:
    return shutil.get_terminal_size().columns
