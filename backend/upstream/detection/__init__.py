"""Detection: runs the detectors over the daily roll-up and keeps streams and signals."""
