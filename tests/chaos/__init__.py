"""Everything that goes wrong in production, done on purpose and counted: ``make chaos``."""
