-- Create the three roles of the platform. `python -m mer_tasks bootstrap` runs this file as an administrator, once per cluster.
-- Roles belong to the whole cluster, so an existing role is not changed. Passwords are set elsewhere, never in a file.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['mer_owner', 'mer_writer', 'mer_reader'] LOOP
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', name);
    END IF;
  END LOOP;
END
$$;

COMMENT ON ROLE mer_owner IS 'Owns schema mer and applies its migrations.';
COMMENT ON ROLE mer_writer IS 'Publishes runs: may change rows of schema mer, not its tables.';
COMMENT ON ROLE mer_reader IS 'Asks questions: may read the views of schema mer.';
