"""`python -m sonae_collector`."""

from sonae_collector.cli import main

if __name__ == "__main__":
    main()
