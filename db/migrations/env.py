"""What Alembic runs for a migration: inside the transaction that the caller already holds."""

from __future__ import annotations

from alembic import context

from db import advisory_schema, people_schema  # noqa: F401  # their tables belong to the metadata
from db.schema import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=False,  # the caller holds the one transaction
)
context.run_migrations()
