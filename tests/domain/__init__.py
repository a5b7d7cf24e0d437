"""The domain alone: no clock, no store, no network."""
