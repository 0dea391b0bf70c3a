"""The sandbox over HTTP: the server, its calls, who may make them, their description."""
