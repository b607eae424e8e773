from django.contrib.auth.hashers import Argon2PasswordHasher


class QuickArgon2Hasher(Argon2PasswordHasher):
    """Argon2 with the smallest costs it allows: the same format, a thousandth of the time. For tests only."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1
