"""The picture of the code's rooms is as the contracts that keep their order."""

import subprocess
import sys

from tests.places import ROOT


def test_the_picture_and_the_list_of_rooms_are_up_to_date():
    done = subprocess.run(
        [sys.executable, "docs/make_architecture.py", "--check"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def test_no_folder_of_code_has_more_than_two_dozen_files():
    crowded = {}
    for app in ("privacy_portal", "notices", "consent", "sharing"):
        for folder in (ROOT / app).rglob("*"):
            if folder.is_dir() and folder.name not in ("migrations", "__pycache__"):
                files = [path for path in folder.glob("*.py") if path.stat().st_size]
                if len(files) > 24:
                    crowded[str(folder)] = len(files)
    assert not crowded
