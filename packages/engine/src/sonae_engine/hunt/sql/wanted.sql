-- What is looked for, one row a value, by what it is compared with.
CREATE TEMP TABLE wanted AS
SELECT class, value, number FROM read_json($file, format = 'newline_delimited',
    columns = {class: 'VARCHAR', value: 'VARCHAR', number: 'INTEGER'});
