"""The writing side of intake: what readers yield becomes claims, decisions, people and payers, batch by batch."""
