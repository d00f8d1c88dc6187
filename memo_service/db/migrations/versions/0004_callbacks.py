"""Callbacks: promises of a reply, attempts to keep them, their history, commands on their way."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import JsonText, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_callbacks()
    op.create_table(
        "callback_memos",
        sa.Column("memo_id", sa.String(100), primary_key=True),
        sa.Column("callback_id", sa.String(32), sa.ForeignKey("callbacks.id"), nullable=False),
    )
    op.create_index("ix_callback_memos_callback_id", "callback_memos", ["callback_id"])
    _create_attempts()
    op.create_table(
        "callback_steps",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("callback_id", sa.String(32), sa.ForeignKey("callbacks.id"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("actor", sa.String(41)),
        sa.Column("detail", JsonText(), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.Column("ref", sa.String(200)),
    )
    op.create_index("ux_callback_steps_ref", "callback_steps", ["callback_id", "ref"], unique=True)
    op.create_table(
        "callback_outbox",
        sa.Column("attempt_id", sa.String(40), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment()),
    )
    op.create_index("ix_callback_outbox_sent_at", "callback_outbox", ["sent_at"])


def _create_callbacks() -> None:
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("memo_id", sa.String(100), nullable=False, unique=True),
        sa.Column("call_id", sa.String(80)),
        sa.Column("party_id", sa.String(32), nullable=False),
        sa.Column("caller_party_id", sa.String(32)),
        sa.Column("officer", sa.String(41)),
        sa.Column("department", sa.String(41)),
        sa.Column("owner", sa.String(41)),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("asked_at", Moment()),
        sa.Column("asked_open", sa.Boolean(), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("due_until", Moment(), nullable=False),
        sa.Column("calendar_version", sa.String(12), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("turn_from", Moment()),
        sa.Column("turn_at", Moment(), nullable=False),
        sa.Column("latest_at", Moment(), nullable=False),
        sa.Column("opens_at", Moment()),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("next_wake_at", Moment()),
        sa.Column("deferred_to", Moment()),
        sa.Column("approved_by", sa.String(41)),
        sa.Column("outcome", sa.String(20)),
        sa.Column("closed_at", Moment()),
    )
    _partial("ix_callbacks_wake", "callbacks", ["next_wake_at"], "next_wake_at IS NOT NULL")
    _partial("ix_callbacks_open", "callbacks", ["turn_at"], "closed_at IS NULL")
    _partial("ix_callbacks_closed", "callbacks", ["closed_at"], "closed_at IS NOT NULL")
    op.create_index("ix_callbacks_party", "callbacks", ["party_id"])
    op.create_index("ix_callbacks_caller", "callbacks", ["caller_party_id"])


def _create_attempts() -> None:
    op.create_table(
        "callback_attempts",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("callback_id", sa.String(32), sa.ForeignKey("callbacks.id"), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(41), nullable=False),
        sa.Column("claimed_at", Moment(), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("step", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20)),
        sa.Column("dialled_at", Moment()),
        sa.Column("answered_at", Moment()),
        sa.Column("ended_at", Moment()),
        sa.Column("talk_ms", sa.Integer(), nullable=False),
        sa.Column("marked", sa.Boolean(), nullable=False),
        sa.Column("give_up_at", Moment()),
        sa.Column("call_id", sa.String(80), nullable=False),
    )
    _partial("ux_callback_attempts_open", "callback_attempts", ["callback_id"], "state = 'open'", unique=True)
    op.create_index("ux_callback_attempts_no", "callback_attempts", ["callback_id", "no"], unique=True)
    _partial("ix_callback_attempts_give_up", "callback_attempts", ["give_up_at"], "give_up_at IS NOT NULL")
    op.create_index("ix_callback_attempts_call_id", "callback_attempts", ["call_id"])


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    """An index of the rows for which `where` holds, on either database."""
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def downgrade() -> None:
    for table in ("callback_outbox", "callback_steps", "callback_attempts", "callback_memos", "callbacks"):
        op.drop_table(table)
