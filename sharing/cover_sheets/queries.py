"""Reads of cover sheets; each says how many queries it takes."""

from django.db.models import QuerySet

from sharing.models import CoverSheet


def cover_sheets() -> QuerySet[CoverSheet]:
    """Load the cover sheet of everything that left, with its disclosure; 1 query.

    The sheet of a file that never left tells of something that did not happen.
    """
    sheets: QuerySet[CoverSheet] = CoverSheet.objects.filter(disclosure__undone=None)
    return sheets.select_related("disclosure")
