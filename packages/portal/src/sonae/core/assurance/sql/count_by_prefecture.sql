-- How many institutions of a set stand how, for one control, in each prefecture.
SELECT place.prefecture, standing, COUNT(*), SUM(contradicted), SUM(expires_soon)
FROM (%(standings)s) AS standings JOIN institutions_institution AS place ON place.id = standings.institution_id
GROUP BY place.prefecture, standing
