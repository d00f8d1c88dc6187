"""What citizens said in the survey after a talk."""

import sqlalchemy as sa
from alembic import op

from memo_service.db.base import Moment

revision = "0014"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("call_id", sa.String(80), nullable=False, unique=True),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("department", sa.String(41)),
        sa.Column("party_id", sa.String(32)),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Integer()),
        sa.Column("remark", sa.String(160)),
        sa.Column("remark_state", sa.String(10), nullable=False),
        sa.Column("remark_ms", sa.Integer()),
    )
    op.create_index("ix_surveys_at", "surveys", ["at"])
    op.create_index("ix_surveys_party_id", "surveys", ["party_id"])


def downgrade() -> None:
    op.drop_table("surveys")
