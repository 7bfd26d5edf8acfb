SELECT current_database()::text AS database,
       coalesce(host(inet_server_addr()) || ':' || inet_server_port()::text, 'a local socket') AS address
