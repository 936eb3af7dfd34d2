"""X12: a streaming reader of remittances (835) and professional claims (837P)."""
