"""What every test of the repository can ask for."""

pytest_plugins = ["sonae.testing.cast"]
