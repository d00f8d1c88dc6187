"""Drafts: recordings written down by machine."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import Moment

revision = "0015"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drafts",
        sa.Column("recording_id", sa.String(32), primary_key=True),
        sa.Column("memo_id", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("model", sa.String(64), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
    )
    op.create_index("ix_drafts_memo", "drafts", ["memo_id"])


def downgrade() -> None:
    op.drop_table("drafts")
