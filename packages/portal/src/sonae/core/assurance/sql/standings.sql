-- How each control stands at each institution of a set, by the strongest live evidence; silent pairs have no row.
WITH known AS (
  SELECT id, control, institution_id, source, speaker, strength, finding, since, until, filed_at
  FROM assurance_evidence
  WHERE withdrawn_at IS NULL AND since <= %(now)s AND control IN (%(controls)s) AND institution_id IN (%(institutions)s)
), words AS (
  SELECT known.*,
    ROW_NUMBER() OVER (PARTITION BY control, institution_id, source, speaker ORDER BY since DESC, filed_at DESC, id DESC) AS age
  FROM known
  WHERE until IS NULL OR until > %(now)s
), voices AS (
  SELECT words.*,
    ROW_NUMBER() OVER (PARTITION BY control, institution_id ORDER BY strength DESC, since DESC, filed_at DESC, id DESC) AS place,
    MIN(finding) OVER (PARTITION BY control, institution_id) AS lowest,
    MAX(finding) OVER (PARTITION BY control, institution_id) AS highest
  FROM words
  WHERE age = 1
)
SELECT control, institution_id, finding AS standing,
  CASE WHEN lowest <> highest THEN 1 ELSE 0 END AS contradicted,
  CASE WHEN until <= %(soon)s THEN 1 ELSE 0 END AS expires_soon
FROM voices
WHERE place = 1
UNION ALL
SELECT DISTINCT control, institution_id, 'expired', 0, 0
FROM known
WHERE NOT EXISTS (
  SELECT 1 FROM voices WHERE voices.control = known.control AND voices.institution_id = known.institution_id
)
