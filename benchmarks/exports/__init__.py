"""How long reports and workbooks take, and what they hold in memory: seeded claims, exported on PostgreSQL."""
