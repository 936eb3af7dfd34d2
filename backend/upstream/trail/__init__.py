"""The audit trail as people read it: names of those who acted, words, and whether the chain is whole."""
