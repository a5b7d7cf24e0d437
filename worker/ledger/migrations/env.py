"""Run by Alembic inside the transaction that ``worker.ledger.upgrade`` has begun."""

from alembic import context

from worker.ledger.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
)
context.run_migrations()
