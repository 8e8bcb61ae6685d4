"""Alembic's environment for every database: one transaction, on the connection that `clinic.deploy.migrate` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
