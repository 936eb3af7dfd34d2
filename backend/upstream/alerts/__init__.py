"""Alerts: what a person should look at, made from signals; ranking, triage, judgement."""
