"""Every address the server answers."""

urlpatterns: list[object] = []
