SELECT array_remove(ARRAY[
           CASE WHEN pg_get_userbyid(datdba) <> current_user THEN 'its owner ' || quote_ident(pg_get_userbyid(datdba)) END,
           CASE WHEN datacl IS NOT NULL THEN 'privileges granted on it' END,
           CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_db_role_setting AS setting WHERE setting.setdatabase = pg_database.oid)
                THEN 'settings made by ALTER DATABASE or ALTER ROLE … IN DATABASE' END,
           CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_replication_slots AS slot WHERE slot.database = pg_database.datname)
                THEN 'a replication slot' END,
           CASE WHEN EXISTS (SELECT FROM pg_catalog.pg_stat_subscription) THEN 'a subscription' END
       ], NULL) AS belongings
FROM pg_catalog.pg_database
WHERE datname = current_database()
