"""Checkpoints, and up to which line each job is sealed. Expand-only: a program that knows nothing of them goes on."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.String(27).with_variant(TIMESTAMP(timezone=True), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOVED = sa.text("head_seq > sealed_seq")


def upgrade() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("number", SERIAL, autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("jobs", SERIAL, nullable=False),
        sa.Column("lines", SERIAL, nullable=False),
        sa.Column("heads", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("mac", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "number >= 1 AND length(mac) = 64 AND length(previous) = 64", name=op.f("ck_checkpoints_sealed")
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checkpoints")),
    )
    op.add_column("jobs", sa.Column("sealed_seq", sa.Integer(), server_default="0", nullable=False))
    op.create_index("ix_jobs_moved", "jobs", ["id"], sqlite_where=MOVED, postgresql_where=MOVED)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints "
            "FOR EACH STATEMENT EXECUTE FUNCTION cancela_append_only()"
        )
        return
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER checkpoints_no_{deed.lower()} BEFORE {deed} ON checkpoints "
            "BEGIN SELECT RAISE(ABORT, 'checkpoints is append-only'); END"
        )


def downgrade() -> None:
    op.drop_table("checkpoints")
    op.drop_index("ix_jobs_moved", "jobs")
    op.drop_column("jobs", "sealed_seq")
