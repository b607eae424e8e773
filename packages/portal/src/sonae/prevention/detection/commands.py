"""What is typed on the collector's computer. A test holds these lines equal to those of the how-to guide."""

from dataclasses import dataclass

VERSION = "0.1.0"
# Stands in the guide for the address of the portal that the page knows.
EXAMPLE_PORTAL = "https://sonae.example.jp"

INSTALL = (
    f"tar xzf sonae-collector-{VERSION}.tar.gz && sudo mv sonae-collector-{VERSION} /opt/sonae-collector",
    "sudo sh /opt/sonae-collector/install",
    "sudo useradd --system --home-dir /var/lib/sonae-collector --shell /usr/sbin/nologin sonae-collector",
)
KEEP_TOKEN = (
    "sudo install -d -m 755 /etc/sonae",
    "sudo install -m 600 -o sonae-collector /dev/null /etc/sonae/token",
    "sudoedit /etc/sonae/token",
)
STATUS = "sudo -u sonae-collector /opt/sonae-collector/sonae-collector status --state /var/lib/sonae-collector"


@dataclass(frozen=True, slots=True)
class Commands:
    """The lines by which a collector is installed, given its token, and started."""

    install: tuple[str, ...]
    keep_token: tuple[str, ...]
    start: tuple[str, ...]


def commands(portal: str) -> Commands:
    """The lines for a collector that speaks with the portal at this address."""
    start = (
        f"echo PORTAL={portal} | sudo tee /etc/sonae/collector",
        "sudo cp /opt/sonae-collector/sonae-collector.service /etc/systemd/system/",
        "sudo systemctl enable --now sonae-collector",
    )
    return Commands(install=INSTALL, keep_token=KEEP_TOKEN, start=start)
