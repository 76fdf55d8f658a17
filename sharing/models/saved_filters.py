"""Filters of the disclosure log that officers keep for themselves."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q


class SavedFilter(models.Model):
    """A filter of the disclosure log under a name that one person gave it: `query` are the parameters of its
    address. It can be deleted."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_filters", db_index=False
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1000)

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "name"], name="saved_filter_named_once"),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(query=""), name="saved_filter_is_something"
            ),
        ]

    def __str__(self) -> str:
        return f"saved filter {self.pk}"
