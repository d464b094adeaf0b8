#!/bin/sh
# Runs one node: the image's own configuration with our files in its place, in memory, since the image can't be written.
#   CASSANDRA_DATACENTER, CASSANDRA_RACK  where the node stands
#   CASSANDRA_SEEDS                       addresses to ask for the others, the first of which begins a new cluster
#   AUTH_REPLICAS                         how many nodes hold the roles
#   MAX_HEAP_SIZE, HEAP_NEWSIZE           Java's memory; cassandra-env.sh reads them
#   JVM_EXTRA_OPTS                        more for Java, such as which lost node this one replaces
# The others are for tests, which run this with directories of their own.
set -eu
source=${SOURCE_DIRECTORY:-/etc/chat}
image=${IMAGE_DIRECTORY:-/etc/cassandra}
data=${DATA_DIRECTORY:-/var/lib/cassandra}
configuration=${RUN_DIRECTORY:-/tmp/configuration}

# Only a node that is among its own seeds starts where no other answers, and as one of them it wouldn't fetch what it
# should hold when it joins. So it's left out until it has joined, which the health check notes; but for the first, which
# finds nobody when it begins the cluster, unless that replaces a lost one.
own=$(hostname -i)
first=${CASSANDRA_SEEDS%%,*}
case "${JVM_EXTRA_OPTS:-}" in *replace_address*) first= ;; esac
seeds=$CASSANDRA_SEEDS
if [ "$own" != "$first" ] && [ ! -e "$data/joined" ]; then
    seeds=$(echo "$seeds" | tr , '\n' | grep -vxF "$own" | paste -sd , -)
fi

mkdir -p "$configuration"
cp -r "$image/." "$configuration/"
cp "$source/logback.xml" "$configuration/"
sed "s/@SEEDS@/$seeds/" "$source/cassandra.yaml" >"$configuration/cassandra.yaml"
printf 'dc=%s\nrack=%s\n' "$CASSANDRA_DATACENTER" "$CASSANDRA_RACK" >"$configuration/cassandra-rackdc.properties"
export CASSANDRA_CONF="$configuration"
export CASSANDRA_LOG_DIR=/tmp # of Java's collections; the node's own log is where logback.xml says
# Without the second, roles would be on the first node alone, and nobody could log in while it's away.
export JVM_EXTRA_OPTS="-javaagent:/opt/exporter.jar=7070:/etc/chat/exporter.yaml -Dcassandra.system_auth.default_rf=$AUTH_REPLICAS ${JVM_EXTRA_OPTS:-}"
# Told to stop, it writes what is in memory to the disk first.
exec cassandra -f
