from typing import ClassVar

from django.db import models


class KeptAnswer(models.Model):
    """The answer once given to an idempotency key, so that a repeated request changes nothing."""

    caller = models.CharField(max_length=64)  # digest of who asked
    key = models.CharField(max_length=100)
    request_digest = models.CharField(max_length=64)
    power_digest = models.CharField(max_length=64, default="")  # digest of what the caller might do, and where
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=80, blank=True)
    body = models.BinaryField(default=bytes)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["caller", "key"], name="kept_answer_once_per_key")]
        indexes: ClassVar = [models.Index(fields=["given_at"], name="kept_answer_given_at")]

    def __str__(self) -> str:
        return self.key
