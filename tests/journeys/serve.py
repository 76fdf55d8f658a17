"""Serves the portal for the browser tests, at noon of the day and on the port of the caller's."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date as day, datetime, time

import time_machine


def main() -> None:
    import django

    django.setup()
    from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer

    from privacy_portal.wsgi import application

    class Handler(WSGIRequestHandler):
        """Answers one request of a connection: one that stays open would hold a thread."""

        protocol_version = "HTTP/1.0"

        def log_message(self, *args):
            """Nothing: failing tests show the page instead."""

    class Server(WSGIServer):
        """Works in a few threads that stay, and with them their connections to the database."""

        pool = ThreadPoolExecutor(8)

        def process_request(self, request, client_address):
            self.pool.submit(self.answer, request, client_address)

        def answer(self, request, client_address):
            with suppress(OSError):  # the browser went on before the page was whole
                self.finish_request(request, client_address)
            self.shutdown_request(request)

    server = Server(("127.0.0.1", int(sys.argv[1])), Handler)
    server.set_app(application)
    noon = datetime.combine(day.fromisoformat(sys.argv[2]), time(12), UTC)
    with time_machine.travel(noon, tick=True):
        server.serve_forever()


if __name__ == "__main__":
    main()
