"""Columns of a pupil that are blank for everybody while the pupil is protected (P2)."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models.query_utils import DeferredAttribute


class _Hidden(DeferredAttribute):
    """Reads as empty on a protected pupil's record; what is stored stays as it is."""

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        stored = super().__get__(instance, cls)
        return "" if instance.protected else stored

    def __set__(self, instance: Any, value: object) -> None:
        vars(instance)[self.field.attname] = value


if TYPE_CHECKING:
    TextField = models.CharField[str, str]
else:
    TextField = models.CharField


class LocatingField(TextField):
    """A text that tells where a pupil is, or about the parents. `Pupil.home` reads what is stored."""

    descriptor_class = _Hidden

    def pre_save(self, model_instance: models.Model, add: bool) -> object:
        """Return what is stored, or an unread record would be saved without it."""
        return vars(model_instance).get(self.attname, "")

    def deconstruct(self) -> Any:
        """Describe the field to migrations as what it is in the database."""
        name, _, arguments, options = super().deconstruct()
        return name, "django.db.models.CharField", arguments, options
