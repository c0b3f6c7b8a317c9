"""Alembic's environment, shared by all services: migrates over the connection that `chassis.migrations` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
