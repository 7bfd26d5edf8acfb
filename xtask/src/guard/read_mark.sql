-- A mark counts only where it was made by somebody who may drop the database anyway: its owner, or a superuser.
SELECT mark.mark
FROM public.schema_mark AS mark
CROSS JOIN pg_catalog.pg_database AS database
JOIN pg_catalog.pg_class AS class ON class.oid = 'public.schema_mark'::pg_catalog.regclass
JOIN pg_catalog.pg_roles AS owner ON owner.oid = class.relowner
WHERE database.datname = current_database()
  AND mark.database_oid = database.oid
  AND mark.system_identifier = (SELECT system_identifier FROM pg_catalog.pg_control_system())
  AND (owner.rolsuper OR pg_catalog.pg_has_role(class.relowner, database.datdba, 'MEMBER'))
