"""Alembic's entry: migrate over the connection that `store.opening` hands in."""

from alembic import context

from destui.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=False,
    render_as_batch=True,
)
context.run_migrations()
