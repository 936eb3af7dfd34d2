"""X12: a streaming reader of remittances (835), claims (837P), acknowledgements (999, 277CA), authorizations (278)."""
