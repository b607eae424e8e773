"""Which asset of the ledger a row of a list is, and what it changes. Nothing is guessed: where a row could be two, the
reason is told."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sonae.kernel.decision import ALLOWED, Decision, Refused
from sonae.prevention.assets.intake.vocabulary import (
    ANSWERS,
    WEAK,
    Device,
    FieldProblem,
    Identity,
    ImportState,
    IntakeRefusal,
    LedgerField,
    QuestionAnswer,
    QuestionKind,
    QuestionState,
    RowProblem,
    Verdict,
)

type Values = Mapping[str, str]
type Key = tuple[Identity, str]


# The fields of which an identity is made; without one of them there is none. Of a name and a place the place may be
# missing: often it is not known, and then the name has to do, and stands alone on both sides.
PARTS: dict[Identity, tuple[str, ...]] = {
    **{one: (one.value,) for one in Identity},
    Identity.HOSTNAME_MAC: (LedgerField.HOSTNAME.value, LedgerField.MAC_ADDRESS.value),
    Identity.NAME_PLACE: (LedgerField.NAME.value, LedgerField.PLACE.value),
}


def key_of(identity: Identity, values: Values) -> str:
    """What identifies a device in this way, or an empty text where a part of it is missing."""
    first, *rest = PARTS[identity]
    said = values.get(first, "")
    if not said or not rest:
        return said.casefold()
    (second,) = rest
    other = values.get(second, "")
    if not other and identity is not Identity.NAME_PLACE:
        return ""
    return f"{said}\n{other}".casefold()


def keys_of(values: Values, priority: Sequence[Identity]) -> list[Key]:
    """Every identity that a device has, the strongest first."""
    return [(one, key) for one in priority if (key := key_of(one, values))]


@dataclass(frozen=True, slots=True)
class Match:
    """Which asset a row is: None for a new one; or why nobody can say."""

    asset_id: UUID | None
    key: Key | None
    problem: FieldProblem | None = None


class Ledger:
    """The assets of one institution by each of their identities."""

    def __init__(self, assets: Iterable[tuple[UUID, Values]], priority: Sequence[Identity]) -> None:
        self.priority = tuple(priority)
        self.values: dict[UUID, Values] = {}
        self._by_key: dict[Key, list[UUID]] = defaultdict(list)
        for asset_id, values in assets:
            self.values[asset_id] = values
            for key in keys_of(values, self.priority):
                self._by_key[key].append(asset_id)

    def match(self, values: Values) -> Match:
        """The one asset that these values name by all their identities; refused where they name several."""
        return self.match_by(keys_of(values, self.priority), values)

    def match_by(self, keys: Sequence[Key], values: Values) -> Match:
        """The same, where the identities of the values are known."""
        if not keys:
            return Match(None, None, FieldProblem(RowProblem.NO_IDENTITY))
        strong = [key for key in keys if key[0] not in WEAK]
        named = {asset for key in strong for asset in self._by_key.get(key, ())}
        if len(named) > 1:
            return Match(None, keys[0], self._several(strong))
        if named:
            (asset_id,) = named
            return self._unless_contradicted(asset_id, values, next(key for key in strong if key in self._by_key))
        return self._by_weak(keys, values)

    def named_by(self, values: Values) -> set[UUID]:
        """Every asset that these values may mean."""
        return {asset for key in keys_of(values, self.priority) for asset in self._by_key.get(key, ())}

    def _several(self, keys: Sequence[Key]) -> FieldProblem:
        many = next((key for key in keys if len(self._by_key.get(key, ())) > 1), None)
        if many is not None:
            return FieldProblem(RowProblem.AMBIGUOUS, many[0], many[1][:200], {"assets": len(self._by_key[many])})
        # Each names one, and not the same.
        first = next(key for key in keys if key in self._by_key)
        return FieldProblem(RowProblem.CONTRADICTORY, first[0], first[1][:200])

    def _unless_contradicted(self, asset_id: UUID, values: Values, key: Key) -> Match:
        """Whether an identity that stands on both sides says something else: then it is another device, or a slip."""
        other = self._differing(asset_id, values)
        if other is None:
            return Match(asset_id, key)
        said = key_of(other, values)
        return Match(None, key, FieldProblem(RowProblem.CONTRADICTORY, other, said[:200]))

    def _differing(self, asset_id: UUID, values: Values) -> Identity | None:
        known = self.values[asset_id]
        # The name of a host, its card and its key in another program may change on one and the same device.
        lasting = (one for one in self.priority if one in (Identity.ASSET_NUMBER, Identity.SERIAL))
        for one in lasting:
            here, there = key_of(one, values), key_of(one, known)
            if here and there and here != there:
                return one
        return None

    def _by_weak(self, keys: Sequence[Key], values: Values) -> Match:
        if not self.values:
            return Match(None, keys[0])
        for key in (key for key in keys if key[0] in WEAK):
            # Alike, and each with a number of its own: two devices.
            found = [one for one in self._by_key.get(key, ()) if not self._stronger_on_both(one, values)]
            if len(found) > 1:
                return Match(None, key, FieldProblem(RowProblem.AMBIGUOUS, key[0], "", {"assets": len(found)}))
            if found:
                return Match(found[0], key)
        return Match(None, keys[0])

    def _stronger_on_both(self, asset_id: UUID, values: Values) -> bool:
        known = self.values[asset_id]
        strong = (one for one in self.priority if one not in WEAK)
        return any(key_of(one, values) and key_of(one, known) for one in strong)


@dataclass(frozen=True, slots=True)
class Judged:
    """What is to become of a row of a list."""

    verdict: Verdict
    asset_id: UUID | None
    key: str
    after: dict[str, str]
    before: dict[str, str]
    problems: tuple[FieldProblem, ...]


class Judge:
    """Judges the rows of one list in their order. A row that names what an earlier row named is not understood, and
    neither is the earlier one: `repeated` has its line and the problem."""

    def __init__(self, ledger: Ledger, *, known_keys: Iterable[str] = (), newcomer: Verdict = Verdict.ADDED) -> None:
        self.ledger = ledger
        self.seen: set[UUID] = set()
        self.repeated: dict[int, FieldProblem] = {}
        self._newcomer = newcomer
        # Devices of which somebody said before that they are not the institution's.
        self._known = set(known_keys)
        self._lines: dict[Key | UUID, int] = {}

    def judge(self, device: Device) -> Judged:
        """What is to become of this row, on its own and beside those before it."""
        values, problems = device.values, list(device.problems)
        keys = keys_of(values, self.ledger.priority)
        match = self.ledger.match_by(keys, values)
        label = text_of_key(match.key)
        if match.problem is not None:
            # Whichever of them it is, it has not vanished.
            self.seen |= self.ledger.named_by(values)
            return Judged(Verdict.NOT_UNDERSTOOD, None, label, dict(values), {}, (match.problem, *problems))
        again = self._note(device.line, match, keys)
        if again is not None:
            return Judged(Verdict.NOT_UNDERSTOOD, None, label, dict(values), {}, (again, *problems))
        if match.asset_id is None:
            return self._new(label, values, problems)
        self.seen.add(match.asset_id)
        known = self.ledger.values[match.asset_id]
        after = {name: said for name, said in values.items() if said != known.get(name, "")}
        before = {name: known.get(name, "") for name in after}
        verdict = Verdict.CHANGED if after else Verdict.UNCHANGED
        return Judged(verdict, match.asset_id, label, after, before, tuple(problems))

    def _new(self, label: str, values: Values, problems: list[FieldProblem]) -> Judged:
        if label in self._known:
            return Judged(Verdict.UNCHANGED, None, label, {}, {}, tuple(problems))
        if self._newcomer is Verdict.ADDED and not values.get(LedgerField.NAME):
            facts = (FieldProblem(RowProblem.NO_NAME), *problems)
            return Judged(Verdict.NOT_UNDERSTOOD, None, label, dict(values), {}, facts)
        return Judged(self._newcomer, None, label, dict(values), {}, tuple(problems))

    def _note(self, line: int, match: Match, keys: Sequence[Key]) -> FieldProblem | None:
        strong = [key for key in keys if key[0] not in WEAK]
        marks: list[Key | UUID] = [*strong]
        if match.asset_id is not None:
            marks.append(match.asset_id)
        elif not strong and match.key is not None:
            marks.append(match.key)
        earlier = next((self._lines[mark] for mark in marks if mark in self._lines), None)
        for mark in marks:
            self._lines.setdefault(mark, line)
        if earlier is None:
            return None
        self.repeated.setdefault(earlier, FieldProblem(RowProblem.REPEATED, "", "", {"line": line}))
        return FieldProblem(RowProblem.REPEATED, "", "", {"line": earlier})


def text_of_key(key: Key | None) -> str:
    """An identity in one text, by which it is found again."""
    return f"{key[0].value}:{key[1]}"[:300] if key is not None else ""


def may_step(state: ImportState, *, needs: Iterable[ImportState]) -> Decision:
    """Whether an import stands where this step begins."""
    return ALLOWED if state in set(needs) else Refused(IntakeRefusal.NOT_AT_THIS_STEP, {"state": state})


def may_apply(
    state: ImportState, *, rows: int, expires_at: datetime | None, changed_since: bool, now: datetime
) -> Decision:
    """Whether a plan may be applied: it is there, says something, is not too old, and the ledger is as it was."""
    step = may_step(state, needs=[ImportState.PLANNED])
    if isinstance(step, Refused):
        return step
    if expires_at is not None and expires_at <= now:
        return Refused(IntakeRefusal.PLAN_EXPIRED, {"expires_at": expires_at})
    if changed_since:
        return Refused(IntakeRefusal.PLAN_STALE)
    return ALLOWED if rows else Refused(IntakeRefusal.NOTHING_TO_APPLY)


def may_answer(
    kind: QuestionKind, state: QuestionState, answer: QuestionAnswer, *, reason: str, place: str, is_person: bool
) -> Decision:
    """Whether a question may be answered so: by a person, once, with a reason, and a new place where it moved."""
    if not is_person:
        return Refused(IntakeRefusal.ONLY_PEOPLE_ANSWER)
    if state is not QuestionState.OPEN:
        return Refused(IntakeRefusal.ALREADY_ANSWERED)
    if answer not in ANSWERS[kind]:
        return Refused(IntakeRefusal.ANSWER_NOT_FOR_THIS, {"answer": answer})
    if answer is QuestionAnswer.MOVED and not place.strip():
        return Refused(IntakeRefusal.PLACE_MISSING)
    return ALLOWED if reason.strip() else Refused(IntakeRefusal.REASON_MISSING)
