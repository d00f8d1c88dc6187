"""Open callbacks by the calendar they were counted by: found at once, however many there are."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    is_open = sa.text("closed_at IS NULL")
    op.create_index(
        "ix_callbacks_calendar",
        "callbacks",
        ["calendar_version"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )


def downgrade() -> None:
    op.drop_index("ix_callbacks_calendar", "callbacks")
