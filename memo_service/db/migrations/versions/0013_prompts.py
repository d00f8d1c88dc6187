"""The prompt studio: texts, acts, hearings, and the list that was last seen."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import JsonText, Moment

revision = "0013"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "prompt_texts",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("restored", sa.Integer()),
        sa.Column("by", sa.String(41), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.UniqueConstraint("key", "version"),
    )
    op.create_table(
        "prompt_acts",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("content", sa.String(64), nullable=False),
        sa.Column("by", sa.String(41), nullable=False),
        sa.Column("at", Moment(), nullable=False),
    )
    op.create_index("ix_prompt_acts_name", "prompt_acts", ["name", "seq"])
    op.create_table(
        "prompt_hearings",
        sa.Column("name", sa.String(120), primary_key=True),
        sa.Column("content", sa.String(64), primary_key=True),
        sa.Column("by", sa.String(41), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
    )
    seen = op.create_table(
        "prompt_list",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("told", JsonText()),
        sa.Column("at", Moment()),
    )
    op.bulk_insert(seen, [{"id": 1, "told": None, "at": None}])


def downgrade() -> None:
    for table in ("prompt_list", "prompt_hearings", "prompt_acts", "prompt_texts"):
        op.drop_table(table)
