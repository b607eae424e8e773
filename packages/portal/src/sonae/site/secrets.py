"""The key that signs sessions and links: given by the operator, else made once and kept beside the data."""

import os
import secrets
from pathlib import Path


def private_folder(folder: Path) -> None:
    """Makes the folder for records, mails and logs so that nobody else on the machine looks into it.

    A folder that is there already keeps the mode its owner gave it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def secret_key(home: Path) -> str:
    """The value of SONAE_SECRET_KEY, else the content of `home`/secret.key, which is made on first use (mode 0600)."""
    if given := os.environ.get("SONAE_SECRET_KEY"):
        return given
    path = home / "secret.key"
    if not path.exists():
        private_folder(home)
        draft = home / f".secret.key.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            # link() refuses to replace: of two processes that start together, one key wins and both read it.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
