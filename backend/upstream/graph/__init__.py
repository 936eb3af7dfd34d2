"""Graph: the GraphQL toolkit: view, context, permission gates, pages, payload errors. It knows no domain type."""
