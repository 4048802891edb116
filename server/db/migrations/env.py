"""What Alembic runs: one migration step after another, inside the transaction that `migrate.upgrade` opened."""

from alembic import context

from server.db.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
context.run_migrations()
