"""Makes the database that all tests copy, so that they need not wait for it: part of `make test`."""

import os

import django


def main() -> None:
    """Run the migrations, if no earlier run made the same, and leave the result on the server."""
    from tests.databases import drop_database, spare_the_disk
    from tests.migrated import make_migrated_database

    spare_the_disk()
    drop_database(make_migrated_database())


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    main()
