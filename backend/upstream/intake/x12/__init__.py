"""X12: a streaming reader of remittances (835), claims (837) and their acknowledgements, and authorizations (278)."""
