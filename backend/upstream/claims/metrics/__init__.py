"""Figures of claims by group and time: one definition of each, and the answers to what analysts ask."""
