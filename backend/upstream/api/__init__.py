"""API: assembles the schema and the URLs; no logic."""
