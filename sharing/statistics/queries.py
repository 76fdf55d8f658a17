"""Reads of tables of counts; each says how many queries it takes."""

from django.db.models import QuerySet

from sharing.models import CountsRelease


def counts_releases() -> QuerySet[CountsRelease]:
    """Every table of counts, newest first; 1 query."""
    return CountsRelease.objects.select_related("requested_by", "disclosure")
