"""Sources that Sonae knows by name, so that nobody must look their addresses up."""

from dataclasses import dataclass

from sonae.prevention.advisories.vocabulary import SourceKind


@dataclass(frozen=True, slots=True)
class Known:
    """A source with its address, and where the publisher describes it."""

    kind: SourceKind
    address: str
    described_at: str


KNOWN: dict[str, Known] = {
    "myjvn": Known(SourceKind.MYJVN, "https://jvndb.jvn.jp/myjvn", "https://jvndb.jvn.jp/apis/index.html"),
    "jvn-rss": Known(SourceKind.JVN_RSS, "https://jvndb.jvn.jp/ja/rss/jvndb_new.rdf", "https://jvndb.jvn.jp/ja/feed/"),
    "cisa-csaf": Known(
        SourceKind.CSAF_PROVIDER,
        "https://www.cisa.gov/sites/default/files/csaf/provider-metadata.json",
        "https://www.cisa.gov/news-events/cybersecurity-advisories",
    ),
    "cisa-kev": Known(
        SourceKind.KEV,
        "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        "https://www.cisa.gov/known-exploited-vulnerabilities-catalog",
    ),
    "nvd": Known(
        SourceKind.NVD,
        "https://services.nvd.nist.gov/rest/json/cves/2.0",
        "https://nvd.nist.gov/developers/vulnerabilities",
    ),
    "epss": Known(
        SourceKind.EPSS,
        "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
        "https://www.first.org/epss/data_stats",
    ),
    "osv-pypi": Known(
        SourceKind.OSV,
        "https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip",
        "https://google.github.io/osv.dev/data/",
    ),
}
