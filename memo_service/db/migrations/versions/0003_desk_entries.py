"""Who took which desk, and when; makes a desk link usable once."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_entries",
        sa.Column("nonce", sa.String(32), primary_key=True),
        sa.Column("officer", sa.String(41), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("desk_entries")
