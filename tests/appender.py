"""A process that adds entries to the log until it is killed, and says each number once it is committed."""

import sys


def main() -> None:
    import django

    django.setup()
    from django.db import transaction

    from privacy_portal.ground import days
    from privacy_portal.ground.log.appending import record

    name, number = sys.argv[1], 0
    while True:
        number += 1
        with transaction.atomic():
            seq = record("test", at=days.now(), by=None, writer=name, number=number)
        sys.stdout.write(f"{seq} {number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
