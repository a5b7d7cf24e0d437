"""The suite that defines what a ledger is. The same text runs on SQLite and on PostgreSQL."""
