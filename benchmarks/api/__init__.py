"""What the graph costs: 50,000 claims from upload to alerts, the inbox, and a page of claims beside Django REST Framework's."""
