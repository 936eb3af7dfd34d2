"""Ops: health, metrics, error reporting, the demo data and commands that belong to no room."""
