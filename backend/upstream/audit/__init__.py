"""Audit: append-only, hash-chained events for what people and machines did; auditlog for configuration changes."""
