"""Serves the portal for the browser tests, at noon of the day and on the port of the caller's."""

import sys
from datetime import UTC, date as day, datetime, time

import time_machine


def main() -> None:
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from privacy_portal.wsgi import application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            """Nothing: failing tests show the page instead."""

    server = ThreadedWSGIServer(("127.0.0.1", int(sys.argv[1])), Quiet)
    server.set_app(application)
    noon = datetime.combine(day.fromisoformat(sys.argv[2]), time(12), UTC)
    with time_machine.travel(noon, tick=True):
        server.serve_forever()


if __name__ == "__main__":
    main()
