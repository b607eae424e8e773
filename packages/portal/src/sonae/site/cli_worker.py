"""The command that runs jobs."""

from sonae.site import worker


def work() -> None:
    """Runs jobs and keeps the schedule, until it is told to stop. Start as many as you like, on any machine."""
    worker.run_until_signal()
