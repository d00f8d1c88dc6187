"""Memos, their receipts, recordings and mails; the access log; what was destroyed."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import JsonText, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_memos()
    _create_what_belongs_to_a_memo()
    _create_logs()


def _create_memos() -> None:
    op.create_table(
        "memos",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("call_id", sa.String(80), unique=True),
        sa.Column("form_key", sa.String(64), unique=True),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("taken_by", sa.String(41), nullable=False),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("officer", sa.String(41)),
        sa.Column("department", sa.String(41)),
        sa.Column("exten", sa.String(10), nullable=False),
        sa.Column("party_id", sa.String(32)),
        sa.Column("keyed_party_id", sa.String(32)),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("name", sa.LargeBinary()),
        sa.Column("matter", sa.LargeBinary()),
        sa.Column("note", sa.LargeBinary()),
        sa.Column("read_back", sa.LargeBinary()),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("reply_wanted", sa.Boolean(), nullable=False),
        sa.Column("asked_at", Moment()),
        sa.Column("promised_at", Moment()),
        sa.Column("closed", sa.String(10)),
        sa.Column("has_matter", sa.Boolean(), nullable=False),
        sa.Column("has_number", sa.Boolean(), nullable=False),
        sa.Column("told", JsonText(), nullable=False),
        sa.Column("delivered_at", Moment()),
        sa.Column("read_at", Moment()),
        sa.Column("acted_at", Moment()),
        sa.Column("destroyed_at", Moment()),
    )
    op.create_index("ix_memos_received", "memos", ["received_at"])
    op.create_index("ix_memos_officer", "memos", ["officer", "received_at"])
    op.create_index("ix_memos_department", "memos", ["department", "received_at"])
    op.create_index("ix_memos_party_id", "memos", ["party_id"])


def _create_what_belongs_to_a_memo() -> None:
    op.create_table(
        "memo_events",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("memo_id", sa.String(32), sa.ForeignKey("memos.id"), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("actor", sa.String(41), nullable=False),
        sa.Column("detail", JsonText(), nullable=False),
        sa.Column("words", sa.LargeBinary()),
    )
    op.create_index("ix_memo_events_memo", "memo_events", ["memo_id", "seq"])
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("memo_id", sa.String(32), sa.ForeignKey("memos.id"), nullable=False),
        sa.Column("name", sa.String(160), nullable=False, unique=True),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("length_ms", sa.Integer()),
        sa.Column("peaks", JsonText(), nullable=False),
    )
    op.create_index("ix_recordings_memo", "recordings", ["memo_id"])
    op.create_index("ix_recordings_state", "recordings", ["state"])
    op.create_table(
        "memo_mails",
        sa.Column("memo_id", sa.String(32), sa.ForeignKey("memos.id"), primary_key=True),
        sa.Column("officer", sa.String(41), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("due_at", Moment(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(60)),
    )
    op.create_index("ix_memo_mails_due", "memo_mails", ["state", "due_at"])


def _create_logs() -> None:
    op.create_table(
        "access_log",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor", sa.String(41), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
    )
    op.create_index("ix_access_log_at", "access_log", ["at"])
    op.create_index("ix_access_log_subject", "access_log", ["subject"])
    op.create_index("ix_access_log_actor", "access_log", ["actor"])
    op.create_table(
        "destructions",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("before", Moment(), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("counts", JsonText(), nullable=False),
    )


def downgrade() -> None:
    for table in ("destructions", "access_log", "memo_mails", "recordings", "memo_events", "memos"):
        op.drop_table(table)
