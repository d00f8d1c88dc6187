"""Alembic's entry point: runs on the connection that `memo_service.db.migrate` hands over."""

from alembic import context

from memo_service.db import models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=models.Party.metadata,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
