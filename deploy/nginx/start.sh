#!/bin/sh
# Writes what depends on the environment beside nginx.conf, then runs nginx and keeps its log small.
#   APPLICATIONS     names of the service's processes: each listens on /run/chat/<name>.sock
#   ADMIN_PATH       where the admin is, as for the service: operators/
#   ADMIN_NETWORKS   who may reach the admin, as 10.0.0.0/8 192.0.2.7; everybody where it is empty
#   TRUSTED_PROXIES  balancers in front of nginx whose X-Forwarded-For and X-Forwarded-Proto are believed
# The others are for tests, which run this with a directory, ports and limits of their own.
set -eu
source=${SOURCE_DIRECTORY:-/etc/chat}
run=${RUN_DIRECTORY:-/tmp/nginx}
sockets=${SOCKET_DIRECTORY:-/run/chat}
static=${STATIC_DIRECTORY:-/usr/share/nginx/static}
certificates=${CERTIFICATE_DIRECTORY:-/certificates}
log=${LOG_FILE:-/var/log/chat/nginx.log}
log_bytes=${LOG_BYTES:-10000000}
http_port=${HTTP_PORT:-8080}
https_port=${HTTPS_PORT:-8443}
status_port=${STATUS_PORT:-8081}
address_rate=${ADDRESS_RATE:-50r/s}
address_burst=${ADDRESS_BURST:-200}
admin_path=${ADMIN_PATH:-admin/}

mkdir -p "$run"
for file in nginx.conf service.conf proxy.conf tls.conf; do
    sed -e "s|@RUN@|$run|g" -e "s|@STATIC@|$static|g" -e "s|@CERTIFICATES@|$certificates|g" -e "s|@LOG@|$log|g" \
        -e "s|@HTTP_PORT@|$http_port|g" -e "s|@HTTPS_PORT@|$https_port|g" -e "s|@STATUS_PORT@|$status_port|g" \
        -e "s|@ADDRESS_RATE@|$address_rate|g" -e "s|@ADDRESS_BURST@|$address_burst|g" \
        -e "s|@ADMIN_PATH@|$admin_path|g" "$source/$file" >"$run/$file"
done

for name in ${APPLICATIONS:-app-1}; do
    # A request that can't have been heard goes on to the next one. None is left out for a while after that: to find a
    # socket closed costs nothing, and the last one that is left out too would be an outage of all.
    echo "server unix:$sockets/$name.sock max_fails=0;"
done >"$run/applications.conf"

for network in ${ADMIN_NETWORKS:-}; do echo "allow $network;"; done >"$run/admin.conf"
if [ -n "${ADMIN_NETWORKS:-}" ]; then echo "deny all;" >>"$run/admin.conf"; fi

for network in ${TRUSTED_PROXIES:-}; do echo "set_real_ip_from $network;"; done >"$run/proxies.conf"
for network in ${TRUSTED_PROXIES:-}; do echo "$network 1;"; done >"$run/trusted.conf"

# With a certificate everybody is sent to HTTPS, without one the service itself is here. One that is there and can't be
# used must not mean that passwords go out in the clear.
found=
for file in "$certificates/chain.pem" "$certificates/key.pem"; do
    if [ -e "$file" ] || [ -L "$file" ]; then found=yes; fi
done
if [ -n "$found" ]; then
    for file in "$certificates/chain.pem" "$certificates/key.pem"; do
        if [ ! -r "$file" ]; then
            echo "Error: $file is missing or can't be read by user $(id -u); HTTPS needs it and its pair." >&2
            exit 1
        fi
    done
    cp "$run/tls.conf" "$run/servers.conf"
else
    printf 'server {\n    listen %s default_server;\n    include service.conf;\n}\n' "$http_port" >"$run/servers.conf"
fi

keep_log_small() {
    while sleep "${LOG_LOOK:-30}"; do
        if [ "$(stat -c %s "$log" 2>/dev/null || echo 0)" -ge "$log_bytes" ]; then
            mv "$log" "$log.1"
            kill -USR1 "$(cat "$run/nginx.pid")" # it opens its files again
        fi
    done
}
keep_log_small &

# In place of this shell, so that Docker's signals are nginx's.
exec nginx -p "$run" -c "$run/nginx.conf"
