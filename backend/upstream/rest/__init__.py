"""REST: the toolkit of the REST surface: views, bodies, throttling, idempotency, errors. It knows no domain type."""
