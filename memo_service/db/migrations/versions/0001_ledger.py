"""The ledger: parties, call events, calls, rulebooks, verdicts."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import JsonText, Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "parties",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("number", sa.LargeBinary(), nullable=False),
        sa.Column("number_index", sa.LargeBinary(16), nullable=False, unique=True),
    )
    op.create_table(
        "call_events",
        sa.Column("seq", sa.Integer(), sa.Identity(), primary_key=True),
        sa.Column("event_id", sa.String(200), nullable=False, unique=True),
        sa.Column("pbx", sa.String(20), nullable=False),
        sa.Column("call_id", sa.String(80), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("party_id", sa.String(32)),
        sa.Column("payload", sa.Text(), nullable=False),
    )
    op.create_index("ix_call_events_call", "call_events", ["call_id", "seq"])
    op.create_table(
        "rulebooks",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("files", JsonText(), nullable=False),
        sa.Column("first_used_at", Moment(), nullable=False),
    )
    _create_calls()
    _create_verdicts()


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(80), primary_key=True),
        sa.Column("pbx", sa.String(20), nullable=False),
        sa.Column("party_id", sa.String(32)),
        sa.Column("call_class", sa.String(20), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("exten", sa.String(10), nullable=False),
        sa.Column("desk_kind", sa.String(20)),
        sa.Column("department", sa.String(41)),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("rang_at", Moment()),
        sa.Column("answered_at", Moment()),
        sa.Column("ended_at", Moment()),
        sa.Column("ring_ms", sa.Integer()),
        sa.Column("late", sa.Boolean()),
        sa.Column("complete", sa.Boolean(), nullable=False),
    )
    op.create_index("ix_calls_party_id", "calls", ["party_id"])
    op.create_index("ix_calls_started", "calls", ["started_at"])
    op.create_index("ix_calls_department", "calls", ["department", "started_at"])
    op.create_index("ix_calls_open", "calls", ["ended_at"])


def _create_verdicts() -> None:
    op.create_table(
        "verdicts",
        sa.Column("call_id", sa.String(80), primary_key=True),
        sa.Column("promise", sa.String(4), primary_key=True),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("department", sa.String(41)),
        sa.Column("officer", sa.String(41)),
        sa.Column("measures", JsonText(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rulebook", sa.String(64), sa.ForeignKey("rulebooks.id"), nullable=False),
    )
    op.create_index("ix_verdicts_day", "verdicts", ["day", "department", "promise", "result"])
    op.create_index("ix_verdicts_result", "verdicts", ["promise", "result"])


def downgrade() -> None:
    for table in ("verdicts", "calls", "rulebooks", "call_events", "parties"):
        op.drop_table(table)
