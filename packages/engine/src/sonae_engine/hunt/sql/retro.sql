-- Each column is reduced to its distinct values first: a sector's traffic has few of them.
CREATE TEMP TABLE address AS
SELECT DISTINCT src AS value FROM event WHERE src IS NOT NULL
UNION SELECT dst FROM event WHERE dst IS NOT NULL
UNION SELECT host_address FROM event WHERE host_address IS NOT NULL;

-- An address is found as itself, or by the digits it shares with a network.
CREATE TEMP TABLE found_address AS
SELECT a.value, w.number FROM address a JOIN wanted w ON w.class = 'address' AND w.value = a.value
UNION
SELECT a.value, w.number
FROM address a
CROSS JOIN (SELECT DISTINCT length(value) AS digits FROM wanted WHERE class = 'network') l
JOIN wanted w ON w.class = 'network' AND w.value = left(a.value, l.digits);

CREATE TEMP TABLE name AS
SELECT DISTINCT dns_query AS value FROM event WHERE dns_query IS NOT NULL
UNION SELECT server_name FROM event WHERE server_name IS NOT NULL
UNION SELECT http_host FROM event WHERE http_host IS NOT NULL;

-- A domain covers its sub-domains: a name is found by its last labels, as many as some wanted domain has.
CREATE TEMP TABLE found_name AS
SELECT DISTINCT n.value, w.number
FROM (SELECT value, string_split(value, '.') AS labels FROM name) n
CROSS JOIN (SELECT DISTINCT len(string_split(value, '.')) AS labels FROM wanted WHERE class = 'domain') l
JOIN wanted w ON w.class = 'domain' AND w.value = array_to_string(n.labels[-l.labels:], '.')
WHERE len(n.labels) >= l.labels;

CREATE TEMP TABLE found_url AS
SELECT u.value, w.number
FROM (SELECT DISTINCT http_url AS value FROM event WHERE http_url IS NOT NULL) u
JOIN wanted w ON w.class = 'url' AND w.value = u.value;

CREATE TEMP TABLE found_hash AS
SELECT h.value, w.number
FROM (
    SELECT DISTINCT file_hash AS value FROM event WHERE file_hash IS NOT NULL
    UNION SELECT certificate FROM event WHERE certificate IS NOT NULL
) h
JOIN wanted w ON w.class = 'hash' AND w.value = h.value;

CREATE TEMP TABLE found_client AS
SELECT c.value, w.number
FROM (SELECT DISTINCT client AS value FROM event WHERE client IS NOT NULL) c
JOIN wanted w ON w.class = 'client' AND w.value = c.value;

CREATE TEMP TABLE found_sender AS
SELECT s.value, w.number
FROM (SELECT DISTINCT mail_sender AS value FROM event WHERE mail_sender IS NOT NULL) s
JOIN wanted w ON w.class = 'sender' AND w.value = s.value;

-- Only what was found is joined back to the events; an event counts once for an indicator, wherever it hit. Which way it
-- went is told by the ends of the event, and by the places where both ends lie inside or both outside ($inner knows).
SELECT number, day, count(*), min(seen_us), max(seen_us), bit_or(places | CASE
    WHEN from_inside AND NOT to_inside THEN 2048
    WHEN to_inside AND NOT from_inside THEN 1024
    ELSE CASE WHEN places & 513 <> 0 THEN 1024 ELSE 0 END + CASE WHEN places & 254 <> 0 THEN 2048 ELSE 0 END END)
FROM (
    SELECT number, event, any_value(day) AS day, any_value(seen_us) AS seen_us, bit_or(place) AS places,
        regexp_matches(any_value(src), $inner) AS from_inside, regexp_matches(any_value(dst), $inner) AS to_inside
    FROM (
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 1 AS place
        FROM event e JOIN found_address f ON f.value = e.src
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 2
        FROM event e JOIN found_address f ON f.value = e.dst
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 4
        FROM event e JOIN found_name f ON f.value = e.dns_query
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 8
        FROM event e JOIN found_name f ON f.value = e.server_name
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 16
        FROM event e JOIN found_hash f ON f.value = e.certificate
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 32
        FROM event e JOIN found_client f ON f.value = e.client
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 64
        FROM event e JOIN found_name f ON f.value = e.http_host
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 64
        FROM event e JOIN found_address f ON f.value = e.host_address
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 128
        FROM event e JOIN found_url f ON f.value = e.http_url
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 256
        FROM event e JOIN found_hash f ON f.value = e.file_hash
        UNION ALL
        SELECT f.number, e.event, e.day, e.seen_us, e.src, e.dst, 512
        FROM event e JOIN found_sender f ON f.value = e.mail_sender
    ) AS hit
    GROUP BY number, event
) AS once
GROUP BY number, day;
