from uuid import UUID

from django.tasks import task
from django.utils import timezone

from sonae.prevention.assets import services


@task
def plan_import(run_id: str) -> str:
    """Makes the plan of a file that came into a ledger; the second time it changes nothing."""
    return services.carry_out_plan(UUID(run_id), now=timezone.now())


@task
def apply_import(run_id: str) -> str:
    """Applies a plan in one go; the second time it changes nothing."""
    return services.carry_out_apply(UUID(run_id), now=timezone.now())


@task
def undo_import(run_id: str) -> str:
    """Takes an applied import back in one go; the second time it changes nothing."""
    return services.carry_out_undo(UUID(run_id), now=timezone.now())


@task
def expire_imports() -> int:
    """Ends imports that nobody went on with, and removes their files."""
    return services.expire_imports(now=timezone.now())
