"""Intake: recognises, reads and validates the files practices send, and writes what they say about claims."""
