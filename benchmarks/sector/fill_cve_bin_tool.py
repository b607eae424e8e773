"""Fill the database of cve-bin-tool from lines of JSON, by the schema it brings along. Run by its own Python."""

import json
import sqlite3
import sys
from pathlib import Path

from cve_bin_tool.cvedb import CVEDB, DBNAME, DISK_LOCATION_DEFAULT

SEVERITY = "INSERT OR REPLACE INTO cve_severity VALUES (?, ?, '', ?, 3, '', 'NVD', '2021-09-11')"
RANGE = "INSERT INTO cve_range VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'NVD')"
ENDS = ("versionStartIncluding", "versionStartExcluding", "versionEndIncluding", "versionEndExcluding")


def main() -> None:
    place = Path(DISK_LOCATION_DEFAULT)
    place.mkdir(parents=True)
    with sqlite3.connect(place / DBNAME) as database, Path(sys.argv[1]).open(encoding="utf-8") as lines:
        for schema in CVEDB.TABLE_SCHEMAS.values():
            database.execute(schema)
        for index in getattr(CVEDB, "INDEXES", {}).values():
            database.execute(index)
        for line in lines:
            one = json.loads(line)
            database.execute(SEVERITY, (one["cve"], one["severity"], one["score"]))
            named = (one["cve"], one["vendor"], one["product"], one["version"])
            database.execute(RANGE, (*named, *(one[end] for end in ENDS)))


if __name__ == "__main__":
    main()
