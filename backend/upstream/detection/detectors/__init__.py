"""Detectors: pure functions from daily counts to alarms; numpy only, no Django and no database."""
