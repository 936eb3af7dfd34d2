"""PHI: strict encrypted fields, the key ring, blind indexes for search, encrypted files, scrubbing of what leaves."""
