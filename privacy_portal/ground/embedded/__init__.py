"""A PostgreSQL of the portal's own, started on first use where no DATABASE_URL is set."""
