"""What a publisher's document may cost before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes unless said otherwise. The year files of NVD reach 100 MB and are read record by record."""

    document: int = 20_000_000
    feed: int = 200_000_000  # an XML document of many records: a year of JVN iPedia has 60 MB
    record: int = 8_000_000  # of a feed
    text: int = 1_000_000  # one string, in characters
    depth: int = 100  # of nested values
    expanded: int = 4_000_000_000
    ratio: int = 150  # unpacked to packed; text packs to a twentieth, deflate cannot do better than 1032
    ratio_from: int = 4_000_000  # small things may pack as well as they like
    members: int = 500_000
    statements: int = 5_000  # of one advisory
    faults: int = 100  # kept of one advisory; the last says how many more there are
    kept_text: int = 4_000  # characters of a remediation, a summary
    kept_name: int = 400  # characters of a title, vendor, product
    kept_id: int = 200  # characters of an identifier or a publisher, by which an advisory is known again
    kept_revision: int = 100  # characters
    kept_version: int = 4_000  # characters; longer texts are not read by the engine either


LIMITS = Limits()
