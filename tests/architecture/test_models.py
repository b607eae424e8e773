"""What every model and every vocabulary of the portal owes, asked of Django itself."""

import importlib
import importlib.util
import inspect
import pkgutil
import tomllib
from enum import StrEnum
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.test.utils import isolate_apps
from django.utils.translation import gettext_lazy as _

from tools import house

ROOT = Path(__file__).resolve().parents[2]
ORDER = house.Tree(ROOT).order
CLASSES = {"public", "shareable", "institution-only", "never-leaves"}


def our_models():
    return [model for model in apps.get_models() if model.__module__.startswith("sonae.")]


def relation_problems(model: type[models.Model], order: dict[str, int]) -> list[str]:
    """Relations of `model` that point upwards or sideways, or leave a name on another slice's model."""
    own = house.slice_of(model.__module__)
    problems = []
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        target = field.related_model
        if target is None or isinstance(target, str) or not target.__module__.startswith("sonae."):
            continue
        other = house.slice_of(target.__module__)
        if other == own:
            continue
        name = f"{model.__qualname__}.{field.name}"
        if order.get(other, -1) <= order[own]:
            problems.append(f"{name} points at {other}, which does not stand below {own}.")
        if field.remote_field.related_name != "+":
            problems.append(f"{name} points at another slice without related_name='+'.")
    return problems


def classification_problems(model: type[models.Model], classified: dict[str, dict[str, str]]) -> list[str]:
    """Fields of `model` without a class, classes without a field, and classes nobody knows."""
    name = model.__qualname__
    given = classified.get(name, {})
    fields = {field.name for field in [*model._meta.local_fields, *model._meta.local_many_to_many]}
    return [
        *(f"{name}.{field} is not classified." for field in sorted(fields - given.keys())),
        *(f"{name}.{field} is classified, but there is no such field." for field in sorted(given.keys() - fields)),
        *(f"{name}.{field} is “{value}”, which is no class." for field, value in given.items() if value not in CLASSES),
    ]


def indexes_of(model: type[models.Model]) -> list[tuple[str, tuple[str, ...], models.Q | None, bool]]:
    """Name, columns, condition of each index of `model`, and whether it holds a promise and so cannot go."""
    meta = model._meta
    found = [
        (field.name, (field.name,), None, field.unique) for field in meta.local_fields if field.unique or field.db_index
    ]
    found += [(index.name, tuple(index.fields), index.condition, False) for index in meta.indexes if index.fields]
    found += [
        (constraint.name, tuple(constraint.fields), constraint.condition, True)
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields
    ]
    return found


def redundant_indexes(model: type[models.Model]) -> list[str]:
    """Indexes of `model` with which another one begins: each costs a write and answers nothing."""
    indexes = indexes_of(model)
    return [
        f"{model.__qualname__}: {name} is how {other} begins."
        for name, columns, condition, is_promise in indexes
        for other, longer, other_condition, _ in indexes
        if other != name and not is_promise and condition == other_condition and longer[: len(columns)] == columns
    ]


def unworded(enums: list[type[StrEnum]], labels: dict) -> list[str]:
    """Members that no page could name."""
    return [
        f"{enum.__module__}.{enum.__qualname__}.{member.name} has no words in labels.py."
        for enum in enums
        for member in enum
        if not str(labels.get(enum, {}).get(member, ""))
    ]


def vocabulary_of(slice_name: str) -> list[type[StrEnum]]:
    module_name = f"{slice_name}.vocabulary"
    if importlib.util.find_spec(module_name) is None:
        return []
    vocabulary = importlib.import_module(module_name)
    modules = [vocabulary]
    inside = pkgutil.iter_modules(getattr(vocabulary, "__path__", []))
    modules += [importlib.import_module(f"{module_name}.{info.name}") for info in inside]
    found = {
        enum
        for module in modules
        for _name, enum in inspect.getmembers(module, inspect.isclass)
        if issubclass(enum, StrEnum) and enum.__module__ == module.__name__
    }
    return sorted(found, key=lambda enum: enum.__qualname__)


def test_foreign_keys_point_down_and_leave_no_name_behind():
    assert [problem for model in our_models() for problem in relation_problems(model, ORDER)] == []


@isolate_apps("sonae.core.audit", "sonae.core.institutions", "sonae.core.accounts")
def test_a_planted_foreign_key_upwards_is_seen():
    class Higher(models.Model):
        __module__ = "sonae.core.institutions.models"

        class Meta:
            app_label = "institutions"

    class Lower(models.Model):
        __module__ = "sonae.core.audit.models"
        up = models.ForeignKey("institutions.Higher", models.PROTECT, related_name="+")

        class Meta:
            app_label = "audit"

    class Named(models.Model):
        __module__ = "sonae.core.institutions.models"
        down = models.ForeignKey("audit.Lower", models.PROTECT, related_name="planted")

        class Meta:
            app_label = "institutions"

    assert ["does not stand below" in problem for problem in relation_problems(Lower, ORDER)] == [True]
    assert ["related_name" in problem for problem in relation_problems(Named, ORDER)] == [True]
    assert relation_problems(Higher, ORDER) == []


@pytest.mark.parametrize("model", our_models(), ids=lambda model: model._meta.label)
def test_every_field_is_classified(model):
    path = Path(apps.get_containing_app_config(model.__module__).path) / "classification.toml"
    assert classification_problems(model, tomllib.loads(path.read_text("utf-8"))) == []


@isolate_apps("sonae.core.audit")
def test_a_planted_field_without_a_class_is_seen():
    class Planted(models.Model):
        secret = models.TextField()

        class Meta:
            app_label = "audit"

    name = Planted.__qualname__
    assert classification_problems(Planted, {name: {"id": "public"}}) == [f"{name}.secret is not classified."]
    assert len(classification_problems(Planted, {name: {"id": "public", "secret": "maybe", "gone": "public"}})) == 2
    assert classification_problems(Planted, {name: {"id": "public", "secret": "never-leaves"}}) == []


def test_no_index_is_how_another_one_begins():
    assert [problem for model in our_models() for problem in redundant_indexes(model)] == []


@isolate_apps("sonae.core.audit")
def test_a_planted_index_that_another_one_begins_with_is_seen():
    class Planted(models.Model):
        code = models.CharField(max_length=3, unique=True)
        up = models.ForeignKey("self", models.PROTECT, related_name="+")
        at = models.DateTimeField(db_index=True)
        by = models.CharField(max_length=3)

        class Meta:
            app_label = "audit"
            indexes = (
                models.Index(fields=["up", "at"], name="planted_up_at"),
                models.Index(fields=["at", "by"], name="planted_open", condition=models.Q(by="")),
                models.Index(fields=["code", "at"], name="planted_code"),
            )
            constraints = (models.UniqueConstraint(fields=["up", "at", "by"], name="planted_once"),)

    assert [problem.partition(": ")[2] for problem in redundant_indexes(Planted)] == [
        "up is how planted_up_at begins.",
        "up is how planted_once begins.",
        "planted_up_at is how planted_once begins.",
    ]


@pytest.mark.parametrize("slice_name", [name for name in house.Tree(ROOT).slices if vocabulary_of(name)])
def test_every_member_of_a_vocabulary_has_words(slice_name):
    labels = importlib.import_module(f"{slice_name}.labels").LABELS
    assert unworded(vocabulary_of(slice_name), labels) == []


def test_the_portal_knows_one_vocabulary_of_tlp():
    found = [enum for name in house.Tree(ROOT).slices for enum in vocabulary_of(name) if "amber+strict" in set(enum)]
    assert [enum.__name__ for enum in found] == ["Tlp"]


def test_a_planted_member_without_words_is_seen():
    class Planted(StrEnum):
        NAMED = "named"
        NAMELESS = "nameless"

    said = unworded([Planted], {Planted: {Planted.NAMED: _("Named")}})
    assert len(said) == 1
    assert "NAMELESS" in said[0]
