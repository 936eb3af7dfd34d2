"""Upstream: early warning of payer behaviour for healthcare billing."""
