"""How often detection calls falsely and how soon it finds a change, on seeded panels, beside what others would do."""
