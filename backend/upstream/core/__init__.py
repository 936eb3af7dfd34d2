"""Core: what every room needs and no domain word: base models, tenancy, jobs, errors, clock, files, logs."""
