"""What the graph costs: 50,000 claims from upload to alerts, the inbox, and claims beside Django REST Framework."""
