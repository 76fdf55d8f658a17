"""Rows that are only ever added, and of which columns that name people can be emptied, once (R2)."""

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.db import models
from django.utils.functional import classproperty

# In the blank of a column, the row's primary key: for a column whose values differ.
KEY = "{key}"


class Erasable(models.Model):
    """A row whose personal columns are emptied when a person is erased, or its keeping time is over.

    `blanks` says what becomes of each such column; one that is NULL stays NULL. The row itself stays, so that
    the log goes on vouching for it. The database lets nothing else of it change, and this only in the
    transaction of an `Erasure` that names the row.
    """

    blanks: ClassVar[Mapping[str, object]] = {}
    logged_also: ClassVar[Sequence[str]] = ()
    erased = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        abstract = True

    @classproperty
    def logged_texts(cls) -> tuple[str, ...]:  # noqa: N805 (of the class)
        """Return the personal columns of which the row's entry has a salted hash: all that are emptied but
        those whose blank is no blank, and what only recognises a form that is sent twice."""
        beside = {"submission", *cls.logged_also}
        return tuple(name for name in cls.blanks if name not in beside)

    @classmethod
    def guard(cls) -> tuple[str, str]:
        """Return what the table's trigger is told: the column of the primary key, and the blanks as JSON."""
        meta = cls._meta
        assert meta.pk is not None
        columns = {str(meta.get_field(name).column): blank for name, blank in cls.blanks.items()}  # type: ignore[union-attr]
        blanks = json.dumps({"erased": True, **columns}, sort_keys=True, separators=(",", ":"))
        return str(meta.pk.column), blanks
