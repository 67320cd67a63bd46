#!/bin/sh
# Apache Kafka from the jars beside this script: one broker that is its own controller (KRaft), without ZooKeeper.
#
#   KAFKA_DATA             all it keeps; formatted at the first start
#   KAFKA_PORT             on 127.0.0.1
#   KAFKA_CONTROLLER_PORT  on 127.0.0.1
#
# More arguments are settings over its own, `--override message.max.bytes=8388608`. The process is the broker itself:
# SIGTERM stops it in order, SIGKILL kills it.
#
#   kafka topics …, kafka groups …, kafka produce …   Kafka's own commands, with their arguments
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# A command is over before the compiler has paid for itself.
quick='-Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
quiet='-Dorg.slf4j.simpleLogger.defaultLogLevel=error'
run() {
  main=$1
  shift
  # shellcheck disable=SC2086
  exec java $quick $quiet -cp "$here/lib/*" "$main" "$@"
}
case "${1-}" in
--version) run kafka.Kafka --version ;;
topics)
  shift
  run org.apache.kafka.tools.TopicCommand "$@"
  ;;
groups)
  shift
  run org.apache.kafka.tools.consumer.group.ConsumerGroupCommand "$@"
  ;;
produce)
  shift
  run org.apache.kafka.tools.ConsoleProducer "$@"
  ;;
esac

: "${KAFKA_DATA:?the folder for all that Kafka keeps}"
: "${KAFKA_PORT:?the port on 127.0.0.1}"
: "${KAFKA_CONTROLLER_PORT:?the port on 127.0.0.1 for the controller}"
mkdir -p "$KAFKA_DATA"
settings=$KAFKA_DATA/server.properties
cat >"$settings" <<END
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:$KAFKA_CONTROLLER_PORT
listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT
controller.listener.names=CONTROLLER
log.dirs=$KAFKA_DATA/log
auto.create.topics.enable=false
# There is one broker.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
END
if [ ! -e "$KAFKA_DATA/log/meta.properties" ]; then
  # shellcheck disable=SC2086
  java $quick $quiet -cp "$here/lib/*" kafka.tools.StorageTool \
    format --standalone --cluster-id dHJhY2UtdHJhY2UtdHJhYw --config "$settings" >/dev/null
fi
exec java -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$here/lib/*" kafka.Kafka "$settings" "$@"
