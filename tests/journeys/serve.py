"""Serves the portal for the browser tests, at noon of the example's day, on a port of the caller's."""

import sys

import time_machine


def main() -> None:
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from privacy_portal.wsgi import application
    from tests.conftest import NOON

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            """Nothing: failing tests show the page instead."""

    server = ThreadedWSGIServer(("127.0.0.1", int(sys.argv[1])), Quiet)
    server.set_app(application)
    with time_machine.travel(NOON, tick=True):
        server.serve_forever()


if __name__ == "__main__":
    main()
