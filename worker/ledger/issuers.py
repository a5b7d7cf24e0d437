"""Who may cancel, as the ledger remembers it."""

from collections.abc import Collection
from dataclasses import fields

from sqlalchemy import RowMapping, delete, exc, select

from worker.domain.issuer import Issuer
from worker.ledger import tables
from worker.ledger.faults import LedgerFault, duplicate
from worker.ledger.transaction import Transaction, chunks

_FIELDS = tuple(field.name for field in fields(Issuer))


class IssuerTaken(LedgerFault):
    """The same taxpayer is already registered in this tenant, rail and environment, under another id."""

    slug = "issuer-taken"


class Issuers(Transaction):
    """The part of a unit that knows issuers."""

    def issuer(self, issuer_id: str) -> Issuer:
        """Raises ``KeyError`` when there is none."""
        query = select(tables.issuers).where(tables.issuers.c.id == issuer_id)
        row = self._connection.execute(query).mappings().first()
        if row is None:
            raise KeyError(issuer_id)
        return _issuer_of(row)

    def find(self, tenant: str, rail: str, environment: str, tax_id: str) -> Issuer | None:
        """The issuer of this taxpayer."""
        c = tables.issuers.c
        query = select(tables.issuers).where(
            c.tenant == tenant, c.rail == rail, c.environment == environment, c.tax_id == tax_id
        )
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _issuer_of(row)

    def of_tenant(self, tenant: str | None = None) -> list[Issuer]:
        """All issuers, or those of one tenant, in order of their ids."""
        query = select(tables.issuers).order_by(tables.issuers.c.id)
        if tenant is not None:
            query = query.where(tables.issuers.c.tenant == tenant)
        return [_issuer_of(row) for row in self._connection.execute(query).mappings()]

    def accounts(self, issuer_ids: Collection[str]) -> dict[str, str]:
        """The account of each of these issuers; unknown ones are left out."""
        c = tables.issuers.c
        found: dict[str, str] = {}
        for ids in chunks(issuer_ids):
            rows = self._connection.execute(select(c.id, c.account).where(c.id.in_(ids)))
            found |= {row.id: row.account for row in rows}
        return found

    def put(self, issuer: Issuer) -> None:
        """Keep this issuer, in place of the one with the same id.

        Raises:
            IssuerTaken: the taxpayer is registered under another id.
        """
        row = {name: getattr(issuer, name) for name in _FIELDS}
        new = self._insert(tables.issuers).values(row)
        changes = {name: new.excluded[name] for name in _FIELDS if name != "id"}
        try:
            with self._connection.begin_nested():
                self._connection.execute(new.on_conflict_do_update(index_elements=[tables.issuers.c.id], set_=changes))
        except exc.IntegrityError as fault:
            if duplicate(fault):
                raise IssuerTaken(f"{issuer.tax_id} is registered under another id") from None
            raise

    def drop(self, issuer_id: str) -> None:
        """Forget this issuer. Its jobs stay."""
        self._connection.execute(delete(tables.issuers).where(tables.issuers.c.id == issuer_id))


def _issuer_of(row: RowMapping) -> Issuer:
    return Issuer(**{name: row[name] for name in _FIELDS})
