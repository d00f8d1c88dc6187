"""Accounts, sessions, one-time codes and pauses; desk links are gone."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import Moment

revision = "0009"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("provider", sa.String(20), nullable=False),
        sa.Column("login", sa.String(60), nullable=False),
        sa.Column("officer", sa.String(41)),
        sa.Column("administrator", sa.Boolean(), nullable=False),
        sa.Column("password", sa.String(200)),
        sa.Column("password_at", Moment()),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("made_by", sa.String(60), nullable=False),
        sa.Column("deactivated_at", Moment()),
        sa.Column("signed_in_at", Moment()),
        sa.UniqueConstraint("provider", "login"),
        sa.UniqueConstraint("officer"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.LargeBinary(32), primary_key=True),
        sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id")),
        sa.Column("officer", sa.String(41)),
        sa.Column("began_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
    )
    op.create_index("ix_sessions_account", "sessions", ["account"])
    op.create_index("ix_sessions_used", "sessions", ["used_at"])
    op.create_table(
        "one_time_codes",
        sa.Column("account", sa.String(32), sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("code", sa.LargeBinary(32), nullable=False, unique=True),
        sa.Column("expires_at", Moment(), nullable=False),
    )
    op.create_table(
        "sign_in_pauses",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
    )
    op.create_index("ix_sign_in_pauses_last", "sign_in_pauses", ["last_at"])
    op.drop_table("desk_entries")


def downgrade() -> None:
    for table in ("sign_in_pauses", "one_time_codes", "sessions", "accounts"):
        op.drop_table(table)
    op.create_table(
        "desk_entries",
        sa.Column("nonce", sa.String(32), primary_key=True),
        sa.Column("officer", sa.String(41), nullable=False),
        sa.Column("entered_at", Moment(), nullable=False),
        sa.Column("way", sa.String(8), nullable=False),
    )
