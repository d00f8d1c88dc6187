"""Transfers with the gist that travels ahead, and what an officer types during a call."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transfers",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("transfer", sa.String(80)),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
        sa.Column("from_officer", sa.String(41)),
        sa.Column("from_department", sa.String(41)),
        sa.Column("from_endpoint", sa.String(41), nullable=False),
        sa.Column("exten", sa.String(10), nullable=False),
        sa.Column("officer", sa.String(41)),
        sa.Column("department", sa.String(41)),
        sa.Column("gist", sa.LargeBinary()),
        sa.Column("noted_at", Moment(), nullable=False),
        sa.Column("ordered_at", Moment()),
        sa.Column("expires_at", Moment()),
        sa.Column("command", sa.String(10)),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("shown_at", Moment()),
        sa.Column("opened_at", Moment()),
        sa.Column("requested_at", Moment()),
        sa.Column("answered_at", Moment()),
        sa.Column("answered_by", sa.String(41)),
        sa.Column("ended_at", Moment()),
        sa.Column("result", sa.String(12)),
        sa.Column("why", sa.String(20)),
        sa.Column("refusal", sa.String(8)),
        sa.Column("after", sa.String(10)),
    )
    op.create_index("ux_transfers_transfer", "transfers", ["call_id", "transfer"], unique=True)
    op.create_index("ix_transfers_noted", "transfers", ["noted_at"])
    op.create_table(
        "talk_notes",
        sa.Column("call_id", sa.String(80), primary_key=True),
        sa.Column("officer", sa.String(41), primary_key=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("read_back", sa.LargeBinary()),
        sa.Column("notes", sa.LargeBinary()),
        sa.Column("read_back_at", Moment()),
        sa.Column("saved_at", Moment(), nullable=False),
    )
    op.create_index("ix_talk_notes_saved", "talk_notes", ["saved_at"])


def downgrade() -> None:
    for table in ("talk_notes", "transfers"):
        op.drop_table(table)
