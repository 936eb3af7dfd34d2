"""How fast files become claims: seeded files, uploaded, read and written on PostgreSQL."""
