"""Brazil: identifiers, rules, tables and schemas of the DC-e."""
