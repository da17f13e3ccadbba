-- What the platform looks at before anything else: a schema that is newer or older than a version's own is refused by it.

CREATE VIEW mer.migrations AS
SELECT number, name, applied_at FROM mer.migration;
COMMENT ON VIEW mer.migrations IS 'Files of sql/migrations that have been applied, one row each; the greatest number is the schema''s version.';
COMMENT ON COLUMN mer.migrations.number IS 'Number that the file''s name begins with.';
COMMENT ON COLUMN mer.migrations.name IS 'Name of the file.';
COMMENT ON COLUMN mer.migrations.applied_at IS 'When it was applied.';

GRANT SELECT ON mer.migrations TO mer_reader, mer_writer;
