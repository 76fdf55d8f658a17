"""Write what the database keeps by itself (triggers, functions, policies, constraints) into
privacy_portal/ground/log/guards/made.txt, from a database in which all migrations have been run; `--check`
only compares.

`manage.py log verify` compares every database with that file.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

from privacy_portal.ground.log.guards.comparing import MADE, text_of_database  # noqa: E402


def main() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        sys.exit("Migrations have not been run: run `manage.py migrate` before.")
    text = text_of_database()
    if "--check" in sys.argv:
        sys.exit(text != MADE.read_text(encoding="utf-8"))
    MADE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
