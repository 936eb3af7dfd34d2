"""Queries: the texts that analysts keep, share and have carried out at fixed times; what one would cost."""
