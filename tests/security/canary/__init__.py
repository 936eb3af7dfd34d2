"""An app of the canary test's own: one patient who cannot be mistaken, files that tell of her, and where to look."""
