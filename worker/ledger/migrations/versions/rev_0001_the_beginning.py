"""The ledger as it begins: jobs, journal, evidence, mail, issuers, secrets, batches, outbox, leases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.String(27).with_variant(TIMESTAMP(timezone=True), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

APPEND_ONLY = ("journal", "exchanges", "archive")


def upgrade() -> None:
    op.create_table(
        "archive",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", SERIAL, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64 AND size >= 0", name=op.f("ck_archive_content")),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_archive")),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("options", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("sealed_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batches")),
    )
    op.create_index(op.f("ix_batches_tenant_created_at_id"), "batches", ["tenant", "created_at", "id"], unique=False)
    op.create_table(
        "issuers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("tax_id", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=True),
        sa.Column("options", sa.Text(), nullable=False),
        sa.CheckConstraint("environment IN ('production', 'test')", name=op.f("ck_issuers_environment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuers")),
        sa.UniqueConstraint(
            "tenant", "rail", "environment", "tax_id", name=op.f("uq_issuers_tenant_rail_environment_tax_id")
        ),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("closes_at", MOMENT, nullable=True),
        sa.Column("hard_window", sa.Boolean(), nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=True),
        sa.Column("signings", sa.Integer(), nullable=False),
        sa.Column("crashes", sa.Integer(), nullable=False),
        sa.Column("unsent", sa.Integer(), nullable=False),
        sa.Column("at_risk", sa.Boolean(), nullable=False),
        sa.Column("first_claimed_at", MOMENT, nullable=True),
        sa.Column("acknowledged_at", MOMENT, nullable=True),
        sa.Column("consulted_at", MOMENT, nullable=True),
        sa.Column("polls", sa.Integer(), nullable=False),
        sa.Column("unanswered", sa.Integer(), nullable=False),
        sa.Column("uncertain_since", MOMENT, nullable=True),
        sa.Column("denials", sa.Integer(), nullable=False),
        sa.Column("denied_at", MOMENT, nullable=True),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("refused_by", sa.Text(), nullable=True),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("head_seq", sa.Integer(), nullable=False),
        sa.Column("head_hash", sa.Text(), nullable=False),
        sa.Column("dispatched_until", MOMENT, nullable=True),
        sa.CheckConstraint(
            "(state = 'cancelled') = (grade IS NOT NULL)", name=op.f("ck_jobs_cancelled_demands_evidence")
        ),
        sa.CheckConstraint("(state = 'refused') = (refused_by IS NOT NULL)", name=op.f("ck_jobs_refused_by_somebody")),
        sa.CheckConstraint("environment IN ('production', 'test')", name=op.f("ck_jobs_environment")),
        sa.CheckConstraint(
            "grade IN ('authority-event', 'notice', 'pac-status', 'sat-status')", name=op.f("ck_jobs_grade")
        ),
        sa.CheckConstraint("refused_by IN ('authority', 'receiver', 'rule')", name=op.f("ck_jobs_refused_by")),
        sa.CheckConstraint(
            "state <> 'sending' OR (fence > 0 AND request_hash IS NOT NULL)", name=op.f("ck_jobs_intent_before_sending")
        ),
        sa.CheckConstraint(
            "state IN ('cancelled', 'expired', 'held', 'parked', 'queued', 'refused', 'sending', 'uncertain', 'waiting', 'withdrawn')",
            name=op.f("ck_jobs_state"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('cancelled', 'expired', 'refused', 'withdrawn') OR (due_at IS NULL AND NOT at_risk)",
            name=op.f("ck_jobs_final_is_final"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('queued', 'sending', 'uncertain', 'waiting') OR due_at IS NOT NULL",
            name=op.f("ck_jobs_nobody_forgets"),
        ),
        sa.CheckConstraint(
            "polls >= 0 AND unanswered >= 0 AND denials >= 0 AND head_seq >= 1", name=op.f("ck_jobs_more_counters")
        ),
        sa.CheckConstraint(
            "round >= 1 AND fence >= 0 AND signings >= 0 AND crashes >= 0 AND unsent >= 0",
            name=op.f("ck_jobs_counters"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint(
            "document",
            "rail",
            "environment",
            "tenant",
            "round",
            name=op.f("uq_jobs_document_rail_environment_tenant_round"),
        ),
    )
    op.create_index(
        op.f("ix_jobs_dispatched_until"),
        "jobs",
        ["dispatched_until"],
        unique=False,
        sqlite_where=sa.text("dispatched_until IS NOT NULL"),
        postgresql_where=sa.text("dispatched_until IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_jobs_due_at"),
        "jobs",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'sending'"),
        postgresql_where=sa.text("state = 'sending'"),
    )
    op.create_index(
        op.f("ix_jobs_state_closes_at"),
        "jobs",
        ["state", "closes_at"],
        unique=False,
        sqlite_where=sa.text("hard_window = 1"),
        postgresql_where=sa.text("hard_window"),
    )
    op.create_index(op.f("ix_jobs_tenant_accepted_at_id"), "jobs", ["tenant", "accepted_at", "id"], unique=False)
    op.create_index(
        op.f("ix_jobs_tenant_closes_at_due_at_id"),
        "jobs",
        ["tenant", "closes_at", "due_at", "id"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'uncertain', 'waiting')"),
        postgresql_where=sa.text("state IN ('queued', 'uncertain', 'waiting')"),
    )
    op.create_index(op.f("ix_jobs_tenant_state"), "jobs", ["tenant", "state"], unique=False)
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.CheckConstraint("fence >= 1", name=op.f("ck_leases_fence")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "secrets",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("tenant", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("nonce", sa.LargeBinary(), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_secrets")),
        sa.UniqueConstraint("tenant", "purpose", "ref", name=op.f("uq_secrets_tenant_purpose_ref")),
    )
    op.create_table(
        "batch_rows",
        sa.Column("batch_id", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("problems", sa.Text(), nullable=False),
        sa.Column("created", sa.Boolean(), nullable=False),
        sa.CheckConstraint("job_id IS NOT NULL OR NOT created", name=op.f("ck_batch_rows_created_is_a_job")),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name=op.f("fk_batch_rows_batch_id")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_batch_rows_job_id")),
        sa.PrimaryKeyConstraint("batch_id", "row_no", name=op.f("pk_batch_rows")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_batch_rows_job_id"), "batch_rows", ["job_id"], unique=False)
    op.create_table(
        "journal",
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("state_from", sa.Text(), nullable=True),
        sa.Column("state_to", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("level", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.CheckConstraint("(seq = 1) = (state_from IS NULL)", name=op.f("ck_journal_begins_once")),
        sa.CheckConstraint("length(hash) = 64 AND length(previous) = 64", name=op.f("ck_journal_sealed")),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_journal_seq")),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_journal_job_id")),
        sa.PrimaryKeyConstraint("job_id", "seq", name=op.f("pk_journal")),
    )
    op.create_table(
        "notices",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=False),
        sa.Column("uidvalidity", SERIAL, nullable=False),
        sa.Column("uid", SERIAL, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("received_at", MOMENT, nullable=False),
        sa.Column("rail", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("positive", sa.Boolean(), nullable=True),
        sa.Column("slug", sa.Text(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("job_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_notices_job_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "mailbox", "folder", "uidvalidity", "uid", name=op.f("uq_notices_mailbox_folder_uidvalidity_uid")
        ),
        sa.UniqueConstraint(
            "mailbox", "message_id", "digest", name=op.f("uq_notices_mailbox_message_id_digest")
        ),
    )
    op.create_index(op.f("ix_notices_job_id"), "notices", ["job_id"], unique=False)
    op.create_index(op.f("ix_notices_rail_document"), "notices", ["rail", "document"], unique=False)
    op.create_table(
        "exchanges",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("job_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("http_status", sa.Integer(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("sent_hash", sa.Text(), nullable=False),
        sa.Column("received_hash", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id", "seq"],
            ["journal.job_id", "journal.seq"],
            name=op.f("fk_exchanges_job_id_seq"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(["received_hash"], ["archive.sha256"], name=op.f("fk_exchanges_received_hash")),
        sa.ForeignKeyConstraint(["sent_hash"], ["archive.sha256"], name=op.f("fk_exchanges_sent_hash")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exchanges")),
    )
    op.create_index(op.f("ix_exchanges_job_id_seq"), "exchanges", ["job_id", "seq"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        protect_postgresql()
    else:
        protect_sqlite()


def downgrade() -> None:
    op.drop_table("exchanges")
    op.drop_table("notices")
    op.drop_table("journal")
    op.drop_table("batch_rows")
    op.drop_table("secrets")
    op.drop_table("outbox")
    op.drop_table("leases")
    op.drop_table("jobs")
    op.drop_table("issuers")
    op.drop_table("batches")
    op.drop_table("archive")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION cancela_append_only()")


def protect_sqlite() -> None:
    for table in APPEND_ONLY:
        for deed in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def protect_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION cancela_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23001'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION cancela_append_only()"
        )
