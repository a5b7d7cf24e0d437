"""Codes (cStat) with which SEFAZ answers about DC-e: to an event, to a question about one, to one about itself."""

from schemas.code_table import CodeTable

CODES = CodeTable("schemas.br")

lookup, find, entries = CODES.lookup, CODES.find, CODES.entries
