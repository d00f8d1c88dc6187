"""Absences, what was said of them, and what phones were last seen to say."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import Moment

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("officer", sa.String(41), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("deputy", sa.String(41)),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("source", sa.String(8), nullable=False),
        sa.Column("uid", sa.String(300)),
        sa.Column("set_by", sa.String(41), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.Column("said_at", Moment(), nullable=False),
        sa.Column("cancelled_at", Moment()),
        sa.Column("cancelled_by", sa.String(41)),
    )
    op.create_index("ix_absences_ends", "absences", ["ends_at"])
    op.create_index("ix_absences_officer", "absences", ["officer", "ends_at"])
    op.create_table(
        "absence_changes",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("absence", sa.String(32), nullable=False),
        sa.Column("act", sa.String(8), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("by", sa.String(41), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("starts_at", Moment(), nullable=False),
        sa.Column("ends_at", Moment(), nullable=False),
        sa.Column("deputy", sa.String(41)),
    )
    op.create_index("ix_absence_changes_absence", "absence_changes", ["absence", "seq"])
    op.create_table(
        "phone_states",
        sa.Column("exten", sa.String(10), primary_key=True),
        sa.Column("sign", sa.String(20), primary_key=True),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )


def downgrade() -> None:
    for table in ("phone_states", "absence_changes", "absences"):
        op.drop_table(table)
