"""Audit: append-only, hash-chained events for what people and machines did, and changes of settings by field."""
