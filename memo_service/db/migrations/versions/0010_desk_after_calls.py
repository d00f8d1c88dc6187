"""Visitors' clocks, and how officers finished their calls."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import Moment

revision = "0010"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visitor_clocks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("officer", sa.String(41), nullable=False),
        sa.Column("department", sa.String(41), nullable=False),
        sa.Column("call_id", sa.String(80)),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("limit_s", sa.Integer(), nullable=False),
        sa.Column("ended_at", Moment()),
        sa.Column("ending", sa.String(10)),
    )
    op.create_index("ix_visitor_clocks_officer", "visitor_clocks", ["officer", "ended_at"])
    op.create_index("ix_visitor_clocks_call", "visitor_clocks", ["call_id"])
    op.create_index("ix_visitor_clocks_began", "visitor_clocks", ["began_at"])
    op.create_table(
        "after_calls",
        sa.Column("call_id", sa.String(80), primary_key=True),
        sa.Column("officer", sa.String(41), primary_key=True),
        sa.Column("left_at", Moment()),
        sa.Column("talk_ms", sa.Integer(), nullable=False),
        sa.Column("follow_at", Moment()),
        sa.Column("finished_at", Moment()),
        sa.Column("outcome", sa.String(10)),
        sa.Column("memo_id", sa.String(32)),
        sa.Column("asked_at", Moment()),
    )
    op.create_index("ix_after_calls_open", "after_calls", ["officer", "finished_at", "left_at"])
    op.create_index("ix_after_calls_left", "after_calls", ["left_at"])


def downgrade() -> None:
    for table in ("after_calls", "visitor_clocks"):
        op.drop_table(table)
