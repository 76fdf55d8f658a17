#!/usr/bin/env python
"""The portal's command line; `manage.py --help` lists the commands."""

import json
import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "privacy_portal.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        check_text(sys.argv)
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        print(error, file=sys.stderr)
        if "--json" in sys.argv:
            print(json.dumps({"error": str(error)}, ensure_ascii=False, indent=1))
        sys.exit(2)


def check_text(arguments: list[str]) -> None:
    """Raises ImproperlyConfigured where an argument has bytes that are no UTF-8."""
    from django.core.exceptions import ImproperlyConfigured

    for each in arguments:
        try:
            each.encode()
        except UnicodeEncodeError as error:
            raise ImproperlyConfigured(
                f"The argument {each!a} is not text in UTF-8. Write it anew; if it names a "
                "file, rename the file."
            ) from error


if __name__ == "__main__":
    main()
