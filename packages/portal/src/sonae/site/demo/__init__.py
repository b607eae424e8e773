"""`sonae demo`: the whole promise once, with real programs talking to each other over HTTP on this machine."""
