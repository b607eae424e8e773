-- Figures and words of which there is one: salt, cursor, counters.
CREATE TABLE single (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Indicators as the portal sent them; hunted = 1 when the stored past was searched for this value.
CREATE TABLE indicator (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, value TEXT NOT NULL, revoked INTEGER NOT NULL,
    valid_until_us INTEGER, hunted INTEGER NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE INDEX indicator_unhunted ON indicator (hunted) WHERE hunted = 0;

-- How far each file was read, by its first bytes: a rotated or compressed file is the same file.
CREATE TABLE source (
    id INTEGER PRIMARY KEY, head_bytes INTEGER NOT NULL, head_print TEXT NOT NULL, device INTEGER NOT NULL,
    inode INTEGER NOT NULL, offset INTEGER NOT NULL, line INTEGER NOT NULL, name TEXT NOT NULL
) STRICT;
CREATE INDEX source_print ON source (head_print);

-- Files that did not change since they were read to their end.
CREATE TABLE settled (name TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;

-- Which files of the event store count.
CREATE TABLE segment (
    path TEXT PRIMARY KEY, day TEXT NOT NULL, events INTEGER NOT NULL, added_on TEXT NOT NULL
) STRICT;

-- All that was seen of an indicator on a day; sent is the version the portal has.
CREATE TABLE sighting (
    indicator_id TEXT NOT NULL, day TEXT NOT NULL, id TEXT NOT NULL UNIQUE, count INTEGER NOT NULL,
    first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, places INTEGER NOT NULL,
    version INTEGER NOT NULL, sent INTEGER NOT NULL, refused TEXT NOT NULL,
    PRIMARY KEY (indicator_id, day)
) STRICT;
CREATE INDEX sighting_unsent ON sighting (id) WHERE version > sent;

-- Batches as they are sent, byte for byte, until a receipt comes.
CREATE TABLE outbox (batch_id TEXT PRIMARY KEY, body BLOB NOT NULL, versions TEXT NOT NULL) STRICT;

-- Batches the portal refused for good; a person looks at them.
CREATE TABLE undeliverable (
    batch_id TEXT PRIMARY KEY, body BLOB NOT NULL, reason TEXT NOT NULL, refused_us INTEGER NOT NULL
) STRICT;

-- The newest bad lines and refused files.
CREATE TABLE problem (
    id INTEGER PRIMARY KEY, file TEXT NOT NULL, line INTEGER NOT NULL, reason TEXT NOT NULL, field TEXT NOT NULL
) STRICT;

-- The newest events with an indicator, for the institution's own eyes: this table is never sent.
CREATE TABLE spotted (
    id INTEGER PRIMARY KEY, indicator_id TEXT NOT NULL, seen_us INTEGER NOT NULL, src TEXT NOT NULL, dst TEXT NOT NULL,
    places INTEGER NOT NULL
) STRICT;
