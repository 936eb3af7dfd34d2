"""Settings: the environment is read in `environment.py`; base, dev, prod and test build on it."""
