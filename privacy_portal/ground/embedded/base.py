"""Django's PostgreSQL backend, connected to the embedded server."""

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base
from django.db.utils import DatabaseError
from psycopg import sql

from privacy_portal.ground.embedded.server import socket_of


class DatabaseWrapper(base.DatabaseWrapper):
    """Starts the embedded server at the first connection and makes the database if missing."""

    def get_connection_params(self) -> dict[str, object]:
        socket = socket_of(settings.DATA_DIR)
        self.settings_dict.update(
            HOST=socket["host"], PORT=socket["port"], USER=socket["user"], PASSWORD=""
        )
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, object]) -> object:
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            name = conn_params.get("dbname")
            if name != "portal" or f'database "{name}" does not exist' not in str(error):
                raise
            self._create(name)
            return super().get_new_connection(conn_params)

    def _create(self, name: str) -> None:
        with self._nodb_cursor() as cursor:
            try:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            except (psycopg.Error, DatabaseError) as error:
                if "already exists" not in str(error):
                    raise
