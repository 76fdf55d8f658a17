"""Files of scanned paper forms, for tests of recorded forms."""

from pathlib import Path

from django.conf import settings

from consent.models import Scan


def files_of_scans():
    """Return the files in the folder of scans that belong to a decision."""
    folder = Path(settings.PRIVATE_DIR) / "scans"
    known = {str(name) for name in Scan.objects.values_list("file", flat=True)}
    return [path for path in folder.glob("*") if path.name in known]


def files_in_folder():
    """Return all files in the folder of scans."""
    return set((Path(settings.PRIVATE_DIR) / "scans").glob("*"))
