"""X12: a streaming reader of remittances (835) and claims (837)."""
