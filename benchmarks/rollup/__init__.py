"""How long the roll-up takes to fold a large upload, and to be read by detection after a year of ten million claims."""
