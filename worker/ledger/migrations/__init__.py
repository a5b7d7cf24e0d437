"""The ledger's history, one revision a file. Packaged; needs no alembic.ini."""
