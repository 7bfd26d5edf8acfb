SELECT database.datname::text AS database,
       database.oid AS database_oid,
       (SELECT system_identifier FROM pg_catalog.pg_control_system()) AS system_identifier,
       coalesce(host(inet_server_addr()), '') AS host,
       coalesce(host(inet_server_addr()) || ':' || inet_server_port()::text, 'a local socket') AS address,
       pg_catalog.pg_is_in_recovery() AS is_standby,
       database.datistemplate AS is_template
FROM pg_catalog.pg_database AS database
WHERE database.datname = current_database()
