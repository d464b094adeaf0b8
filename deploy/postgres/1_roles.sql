-- Run once, by the image's superuser `postgres` on a new volume: who there is beside it. None of them can read files, run
-- programs or have triggers pass over. `2_database.sql` says what they may do.
\set owner `cat /secrets/postgres_owner_password`
\set service `cat /secrets/postgres_password`
\set exporter `cat /secrets/postgres_exporter_password`
CREATE ROLE chat_owner LOGIN PASSWORD :'owner';
CREATE ROLE chat LOGIN PASSWORD :'service';
CREATE ROLE exporter LOGIN PASSWORD :'exporter' IN ROLE pg_monitor;
