from django.tasks import task

from sonae.core.audit import services


@task()
def link_waiting_entries() -> int:
    """Links what a process left behind that was killed between its commit and the link."""
    return services.link_waiting()
