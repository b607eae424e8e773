"""The sheet `survey`: rows into questions and sections, and everything that is wrong with them.

What is accepted and refused follows pyxform; how a question is drawn is none of this room's business and kept as it
came.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sonae.core.instruments.definition import NO_WORDS, Bounds, Choice, ChoiceList
from sonae.core.instruments.vocabulary import AnswerKind, FormProblem
from sonae.core.instruments.xlsform import kinds, own, parameters
from sonae.core.instruments.xlsform.drafts import Draft
from sonae.core.instruments.xlsform.entries import Entry
from sonae.core.instruments.xlsform.names import is_dynamic, is_name, is_reference, references_in
from sonae.core.instruments.xlsform.sheets import Faults, Sheet

DEEPEST = 30
_KNOWN = frozenset(
    {
        "type", "name", "label", "hint", "guidance_hint", "relevant", "required", "constraint", "calculation",
        "read_only", "constraint_message", "required_message", "default", "appearance", "choice_filter", "parameters",
        "repeat_count", "trigger", "disabled",
    }
)  # fmt: skip
_MEDIA = ("image", "big-image", "audio", "video")
_SEARCH = re.compile(r"search\(.*?\)")


@dataclass(slots=True)
class _Block:
    """An open group, repeat or loop."""

    kind: str
    row: int
    drafts: list[Draft]
    name: str = ""
    names: set[str] = field(default_factory=lambda: {"meta"})
    loop_over: tuple[Choice, ...] = ()


@dataclass(slots=True)
class Survey:
    """Reads the survey row by row."""

    sheet: Sheet
    lists: Mapping[str, ChoiceList]
    external_lists: frozenset[str] | None
    root: str
    faults: Faults
    settings: dict[str, str] = field(default_factory=dict)
    # Every name of the survey as often as it stands there, and those that can trigger.
    names: list[str] = field(default_factory=list)
    _blocks: list[_Block] = field(default_factory=list)
    _repeats: set[str] = field(default_factory=set)
    _asked: dict[str, Draft] = field(default_factory=dict)
    _triggers: list[tuple[Entry, str]] = field(default_factory=list)
    _searched: list[tuple[Entry, str]] = field(default_factory=list)
    _plain_lists: set[str] = field(default_factory=set)
    # The list of the first row, once one was seen in a group drawn as a table.
    _table_list: str | None = None

    def read(self, entries: list[Entry]) -> list[Draft]:
        """The drafts of all rows; what is wrong with them goes to `faults`."""
        top = _Block("", 0, [])
        self._blocks = [top]
        for entry in entries:
            self._read(entry)
        for block in self._blocks[1:]:
            self.faults.note(
                FormProblem.BEGIN_WITHOUT_END, self.sheet, block.row, "type", kind=block.kind, name=block.name
            )
        self._look_at_triggers()
        for entry, name in self._searched:
            if name in self._plain_lists:
                self._note(entry, FormProblem.SEARCH_MIXED, "appearance", name)
        return top.drafts

    def _note(self, entry: Entry, reason: FormProblem, column: str, value: str = "", /, **facts: object) -> None:
        self.faults.note(
            reason, self.sheet, entry.row.number, entry.header_of(column), value or entry.one(column), **facts
        )

    def _read(self, entry: Entry) -> None:
        type_ = entry.one("type")
        if entry.says_yes("disabled") or not (type_ or entry.has("name", "label")):
            return
        if not type_:
            self._note(entry, FormProblem.TYPE_MISSING, "type")
            return
        # These two are read in every row, also where nothing comes of them.
        self._look_at_trigger(entry)
        if parameters.pairs_of(entry.one("parameters")) is None:
            self._note(entry, FormProblem.PARAMETERS_MALFORMED, "parameters")
        if type_ in kinds.SETTINGS_IN_SURVEY:
            self.settings[kinds.SETTINGS_IN_SURVEY[type_]] = entry.one("name")
            return
        if entry.has("save_to"):
            self._note(entry, FormProblem.ENTITIES_UNSUPPORTED, "save_to")
        closed = kinds.end_of(type_)
        if closed is not None:
            self._close(entry, closed)
            return
        name = self._name(entry, type_)
        opened = kinds.begin_of(type_)
        if opened is not None:
            self._open(entry, name, *opened)
        else:
            self._ask(entry, name, type_)

    def _name(self, entry: Entry, type_: str) -> str:
        name = entry.one("name")
        if type_ == kinds.AUDIT:
            if name not in ("", kinds.AUDIT):
                self._note(entry, FormProblem.AUDIT_NAMED, "name")
            return kinds.AUDIT
        if not name and type_ == "note":
            name = f"generated_note_name_{entry.row.number}"
        elif not name:
            self._note(entry, FormProblem.NAME_MISSING, "name")
            return f"row_{entry.row.number}"
        elif not is_name(name):
            self._note(entry, FormProblem.NAME_MALFORMED, "name")
        self.names.append(name)
        self._keep_apart(entry, name)
        return name

    def _keep_apart(self, entry: Entry, name: str) -> None:
        """Names of one level must differ; `meta` is taken."""
        taken = self._blocks[-1].names
        if name in taken:
            reason = FormProblem.NAME_RESERVED if name == "meta" else FormProblem.NAME_TWICE
            self._note(entry, reason, "name", name)
        taken.add(name)

    # --- Groups, repeats, loops ---

    def _close(self, entry: Entry, kind: str) -> None:
        block = self._blocks[-1]
        self._table_list = None
        if len(self._blocks) > 1 and block.kind == kind:
            self._blocks.pop()
            return
        self._note(entry, FormProblem.END_WITHOUT_BEGIN, "type", kind=kind)
        # The nearest one of this kind was meant: what follows is read as if the ones inside had been closed.
        if any(outer.kind == kind for outer in self._blocks[1:]):
            while self._blocks[-1].kind != kind:
                self._blocks.pop()
            self._blocks.pop()

    def _open(self, entry: Entry, name: str, kind: str, list_name: str) -> None:
        if kind == "repeat":
            if name == self.root or name in self._repeats:
                self._note(entry, FormProblem.NAME_TWICE, "name", name)
            self._repeats.add(name)
        over: tuple[Choice, ...] = ()
        if kind == "loop":
            if not list_name:
                self._note(entry, FormProblem.LOOP_WITHOUT_LIST, "type")
            over = self._loop(entry, list_name)
        if len(self._blocks) > DEEPEST:
            self._note(entry, FormProblem.NESTED_TOO_DEEP, "type", most=DEEPEST)
        if "table-list" in entry.one("appearance").split():
            self._table_list = ""
        count = entry.one("repeat_count")
        if count and not is_reference(count):
            self._keep_apart(entry, f"{name}_count")
        facts = self._section_facts(entry, kind, count)
        draft = Draft(entry.row.number, name, facts, [], over)
        if own.is_table(entry):
            draft.facts, draft.is_table = own.table_facts(entry, self._common_facts(entry), self.lists), True
        self._blocks[-1].drafts.append(draft)
        assert draft.below is not None, "it has just been given an empty list"
        self._blocks.append(_Block(kind, entry.row.number, draft.below, name, loop_over=over))
        self._look_at_parameters(entry, "", {})

    def _loop(self, entry: Entry, name: str) -> tuple[Choice, ...]:
        found = self.lists.get(name)
        if name and found is None:
            self._note(entry, FormProblem.LIST_UNKNOWN, "type", name, name=name)
        return found.choices if found else ()

    def _section_facts(self, entry: Entry, kind: str, count: str) -> dict[str, Any]:
        return {
            "words": entry.words("label"),
            "hint": entry.words("hint"),
            "number": own.number(entry),
            "media": self._media(entry),
            "relevant": entry.rule("relevant"),
            "is_repeat": kind == "repeat",
            "count": count,
            "appearance": entry.one("appearance"),
            "read_only": entry.rule("read_only"),
            "others": entry.others(_KNOWN),
        }

    def _media(self, entry: Entry) -> tuple[tuple[str, Any], ...]:
        media = entry.media()
        for kind, _ in media:
            if kind not in _MEDIA:
                self._note(entry, FormProblem.MEDIA_UNKNOWN, f"media::{kind}", accepted=", ".join(_MEDIA))
        return media

    # --- Questions ---

    def _ask(self, entry: Entry, name: str, type_: str) -> None:
        selected = kinds.select_of(type_)
        kind = selected[1] if selected else kinds.BY_WORD.get(type_)
        if kind is None and kinds.is_osm(type_):
            kind = AnswerKind.FILE
        if kind is None:
            reason = FormProblem.INCLUDE_UNSUPPORTED if type_ == "include" else FormProblem.TYPE_UNKNOWN
            self._note(entry, reason, "type", type_)
            return
        facts = self._common_facts(entry)
        facts["kind"] = kind
        pairs = parameters.pairs_of(entry.one("parameters")) or {}
        if selected:
            self._choose(entry, name, facts, selected, pairs)
        else:
            facts["variant"] = _variant(kind, type_)
            self._look_at_parameters(entry, _parameters_of(type_), pairs)
        if kind is AnswerKind.NUMBER:
            facts["bounds"] = self._bounds(entry, type_, pairs)
        self._look_at_rules(entry, facts, type_)
        self._look_at_words(entry, facts, type_)
        draft = Draft(entry.row.number, name, facts)
        self._asked[name] = draft
        self._blocks[-1].drafts.append(draft)

    def _common_facts(self, entry: Entry) -> dict[str, Any]:
        return {
            "words": entry.words("label"),
            "hint": entry.words("hint"),
            "guidance": entry.words("guidance_hint"),
            "media": self._media(entry),
            "choice_filter": entry.one("choice_filter"),
            "relevant": entry.rule("relevant"),
            "constraint": entry.rule("constraint"),
            "constraint_words": entry.words("constraint_message"),
            "required": entry.rule("required"),
            "required_words": entry.words("required_message"),
            "default": entry.one("default"),
            "calculation": entry.rule("calculation"),
            "trigger": entry.one("trigger"),
            "read_only": entry.rule("read_only"),
            "appearance": entry.one("appearance"),
            "parameters": entry.one("parameters"),
            "others": entry.others(_KNOWN),
            **own.question_facts(entry, self.faults),
        }

    def _choose(
        self,
        entry: Entry,
        name: str,
        facts: dict[str, Any],
        selected: tuple[str, AnswerKind, str, bool],
        pairs: dict[str, str],
    ) -> None:
        word, kind, list_name, has_other = selected
        is_external = word == "select_one_external"
        is_file = list_name.endswith(kinds.ENDINGS) and not is_external
        facts |= {"choices": list_name, "has_other": has_other, "variant": "external" if is_external else ""}
        if word in kinds.FROM_FILE and (not is_file or list_name.count(".") != 1):
            self._note(entry, FormProblem.FILE_ENDING, "type", list_name, accepted=", ".join(kinds.ENDINGS))
        if is_external:
            self._look_at_external(entry, list_name)
        elif not is_file and not references_in(list_name):
            self._look_at_list(entry, kind, list_name)
        if has_other:
            self._look_at_other(entry, name, list_name)
        self._look_at_parameters(entry, "select from file" if word in kinds.FROM_FILE else "select", pairs)
        self._look_at_table_list(entry, list_name)
        if _SEARCH.search(entry.one("appearance")):
            self._searched.append((entry, list_name))
        else:
            self._plain_lists.add(list_name)
        own.choose(entry, facts)

    def _look_at_external(self, entry: Entry, list_name: str) -> None:
        if self.external_lists is None:
            self._note(entry, FormProblem.CHOICES_SHEET_MISSING, "type", list_name, sheet="external_choices")
        elif list_name not in self.external_lists:
            self._note(entry, FormProblem.LIST_UNKNOWN, "type", list_name, name=list_name)

    def _look_at_list(self, entry: Entry, kind: AnswerKind, list_name: str) -> None:
        found = self.lists.get(list_name)
        if found is None:
            if self.lists:
                self._note(entry, FormProblem.LIST_UNKNOWN, "type", list_name, name=list_name)
            else:
                self._note(entry, FormProblem.CHOICES_SHEET_MISSING, "type", list_name, sheet="choices")
        elif kind is AnswerKind.MULTIPLE:
            for choice in found.choices:
                if " " in choice.value:
                    self._note(entry, FormProblem.CHOICE_WITH_SPACE, "type", choice.value, name=list_name)

    def _look_at_other(self, entry: Entry, name: str, list_name: str) -> None:
        if entry.one("choice_filter"):
            self._note(entry, FormProblem.OTHER_WITH_FILTER, "choice_filter")
        if list_name not in self.lists:
            self._note(entry, FormProblem.OTHER_WITHOUT_CHOICES, "type", list_name)
        self._keep_apart(entry, f"{name}_other")

    def _look_at_table_list(self, entry: Entry, list_name: str) -> None:
        if self._table_list is None:
            return
        if not self._table_list:
            self._table_list = list_name
            if entry.one("choice_filter"):
                self._note(entry, FormProblem.FILTER_IN_TABLE, "choice_filter")
        elif self._table_list != list_name:
            self._note(entry, FormProblem.LISTS_DIFFER_IN_TABLE, "type", list_name, first=self._table_list)

    def _look_at_parameters(self, entry: Entry, type_: str, pairs: Mapping[str, str]) -> None:
        appearance = entry.one("appearance")
        wrong = parameters.wrong_pairs(type_, pairs, appearance=appearance)
        if type_ == kinds.RANGE and not wrong:
            ticks = self.lists.get(pairs.get("tick_labelset", ""))
            wrong = parameters.wrong_range(pairs, ticks, appearance=appearance)
        for reason, facts in wrong:
            self.faults.note(
                reason, self.sheet, entry.row.number, entry.header_of("parameters"), entry.one("parameters"), **facts
            )

    def _bounds(self, entry: Entry, type_: str, pairs: Mapping[str, str]) -> Bounds:
        numbers = parameters.range_of(pairs) if type_ == kinds.RANGE else None
        if numbers is None:
            return own.bounds(entry, is_whole=type_ in kinds.WHOLE, faults=self.faults)
        ends = [float(numbers["start"]), float(numbers["end"])]
        is_whole = all(number == int(number) for number in numbers.values())
        return Bounds(least=min(ends), most=max(ends), step=float(numbers["step"]), is_whole=is_whole)

    def _look_at_rules(self, entry: Entry, facts: dict[str, Any], type_: str) -> None:
        calculation, trigger = facts["calculation"], facts["trigger"]
        if type_ == "calculate" and not calculation and not is_dynamic(facts["default"]):
            self._note(entry, FormProblem.CALCULATION_MISSING, "calculation")
        if type_ == "background-geopoint":
            if not trigger:
                self._note(entry, FormProblem.TRIGGER_MISSING, "trigger")
            if calculation:
                self._note(entry, FormProblem.CALCULATION_UNWANTED, "calculation")

    def _look_at_trigger(self, entry: Entry) -> None:
        trigger = entry.one("trigger")
        if trigger and not (len(trigger) > 2 and "${" in trigger):
            self._note(entry, FormProblem.TRIGGER_MALFORMED, "trigger")
            return
        for part in trigger.split(","):
            found = references_in(part)
            if len(found) > 1 or any(name is None for _, name in found):
                self._note(entry, FormProblem.TRIGGER_MALFORMED, "trigger", part)
            self._triggers += [(entry, name) for _, name in found[:1] if name is not None]

    def _look_at_words(self, entry: Entry, facts: dict[str, Any], type_: str) -> None:
        media = dict(facts["media"])
        if "big-image" in media and "image" not in media:
            self._note(entry, FormProblem.BIG_IMAGE_ALONE, "media::big-image")
        is_said = facts["words"] != NO_WORDS or facts["hint"] != NO_WORDS
        if is_said or media or type_ in kinds.HINTED or entry.one("appearance") == "label":
            return
        if kinds.is_shown(facts["kind"], type_) and not (facts["calculation"] or facts["trigger"]):
            self._note(entry, FormProblem.LABEL_MISSING, "label")

    def _look_at_triggers(self) -> None:
        for entry, name in self._triggers:
            draft = self._asked.get(name)
            if draft is None:
                self._note(entry, FormProblem.TRIGGER_UNKNOWN, "trigger", name=name)
                continue
            facts = draft.facts
            is_said = facts["words"] != NO_WORDS or facts["hint"] != NO_WORDS
            is_shown = facts["kind"] is not AnswerKind.CALCULATE
            if not is_shown or ((facts["calculation"] or facts["trigger"]) and not is_said):
                self._note(entry, FormProblem.TRIGGER_NOT_SHOWN, "trigger", name=name)


def _variant(kind: AnswerKind, type_: str) -> str:
    """The word for the type where the writer's usual one would say less."""
    usual = kinds.INTEGER if type_ in ("integer", "int") else kinds.PLAIN.get(kind, "")
    return "" if type_ in (usual, "int") else type_


def _parameters_of(type_: str) -> str:
    return (
        "photo"
        if type_ in ("image", "photo", "add image prompt", "add photo prompt")
        else {"q audio": ""}.get(type_, type_)
    )
