"""X12: a streaming reader of remittances (835), professional claims (837P) and their acknowledgements (999, 277CA)."""
