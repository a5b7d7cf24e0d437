"""Codes that answer a Mexican cancellation request, of the PAC and of SAT."""

from schemas.code_table import CodeTable

CODES = CodeTable("schemas.mx")

lookup, find, entries = CODES.lookup, CODES.find, CODES.entries
