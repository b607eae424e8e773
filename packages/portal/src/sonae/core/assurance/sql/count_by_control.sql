-- How many institutions of a set stand how, for each control.
SELECT control, standing, COUNT(*), SUM(contradicted), SUM(expires_soon)
FROM (%(standings)s) AS standings
GROUP BY control, standing
