"""An app of the fault tests' own: jobs that can be caught at any moment of their work."""
