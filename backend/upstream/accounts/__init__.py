"""Accounts: organizations, users, memberships, roles to permissions, sessions and tokens."""
