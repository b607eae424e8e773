-- How each control stands at each institution of a set, by the strongest live word of those that stand; silent pairs have no row.
WITH words AS (
  SELECT id, control, institution_id, strength, finding, since, until, filed_at,
    CASE WHEN until IS NULL OR until > %(now)s THEN 1 ELSE 0 END AS live
  FROM assurance_evidence
  WHERE superseded_at IS NULL AND withdrawn_at IS NULL AND since <= %(now)s
    AND control IN (%(controls)s) AND institution_id IN (%(institutions)s)
), voices AS (
  SELECT control, institution_id, live, finding, until,
    ROW_NUMBER() OVER (
      PARTITION BY institution_id, control ORDER BY live DESC, strength DESC, since DESC, filed_at DESC, id DESC
    ) AS place,
    MIN(CASE WHEN live = 1 THEN finding END) OVER (PARTITION BY institution_id, control) AS lowest,
    MAX(CASE WHEN live = 1 THEN finding END) OVER (PARTITION BY institution_id, control) AS highest
  FROM words
)
SELECT control, institution_id,
  CASE WHEN live = 1 THEN finding ELSE 'expired' END AS standing,
  CASE WHEN lowest <> highest THEN 1 ELSE 0 END AS contradicted,
  CASE WHEN live = 1 AND until <= %(soon)s THEN 1 ELSE 0 END AS expires_soon
FROM voices
WHERE place = 1
