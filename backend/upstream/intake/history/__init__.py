"""A claim over time: what each upload told of it, what that changed, and the claim as it was known on a day."""
