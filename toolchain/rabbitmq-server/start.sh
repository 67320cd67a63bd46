#!/bin/sh
# RabbitMQ from the packages unpacked beside this script, without root and without a trace in the system.
#
#   HOME                 all it keeps: messages, Erlang's cookie, rabbitmq.conf and enabled_plugins if there are any
#   RABBITMQ_NODE_PORT   AMQP, on 127.0.0.1
#   RABBITMQ_DIST_PORT   Erlang's distribution, on 127.0.0.1; by default RABBITMQ_NODE_PORT + 20000
#   ERL_EPMD_PORT        Erlang's port mapper, on 127.0.0.1; by default RABBITMQ_NODE_PORT + 10000
#
# Other variables of RabbitMQ's count too. The process is the broker itself: SIGTERM stops it in order (Erlang does
# not hear one in the first second), SIGKILL kills it; the port mapper goes with it either way.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/root
for libraries in "$root"/usr/lib/*-linux-gnu*; do export LD_LIBRARY_PATH="$libraries"; done
for server in "$root"/usr/lib/rabbitmq/lib/rabbitmq_server-*; do :; done
export ERL_ROOTDIR="$root/usr/lib/erlang"
export PATH="$ERL_ROOTDIR/bin:$PATH"

if [ "${1-}" = --version ]; then
  exec erl -noinput -pa "$server"/plugins/rabbit-*/ebin -eval '
    ok = application:load(rabbit), {ok, Version} = application:get_key(rabbit, vsn), {ok, _} = application:ensure_all_started(crypto),
    io:format("RabbitMQ ~s on Erlang/OTP ~s~n", [Version, erlang:system_info(otp_release)]), halt().'
fi

: "${HOME:?the folder for all that RabbitMQ keeps}"
: "${RABBITMQ_NODE_PORT:?the port for AMQP}"
export RABBITMQ_NODE_PORT
export RABBITMQ_NODE_IP_ADDRESS="${RABBITMQ_NODE_IP_ADDRESS:-127.0.0.1}"
export RABBITMQ_DIST_PORT="${RABBITMQ_DIST_PORT:-$((RABBITMQ_NODE_PORT + 20000))}"
export ERL_EPMD_PORT="${ERL_EPMD_PORT:-$((RABBITMQ_NODE_PORT + 10000))}"
export ERL_EPMD_ADDRESS=127.0.0.1
export RABBITMQ_NODENAME="${RABBITMQ_NODENAME:-trace@localhost}"
export RABBITMQ_MNESIA_BASE="${RABBITMQ_MNESIA_BASE:-$HOME/mnesia}"
export RABBITMQ_LOG_BASE="${RABBITMQ_LOG_BASE:-$HOME/log}"
export RABBITMQ_LOGS="${RABBITMQ_LOGS:--}"
export RABBITMQ_PID_FILE="${RABBITMQ_PID_FILE:-$HOME/rabbitmq.pid}"
export RABBITMQ_ENABLED_PLUGINS_FILE="${RABBITMQ_ENABLED_PLUGINS_FILE:-$HOME/enabled_plugins}"
# What is configured for an installed RabbitMQ is not for this one.
export RABBITMQ_CONF_ENV_FILE="${RABBITMQ_CONF_ENV_FILE:-/dev/null}"
export RABBITMQ_CONFIG_FILE="${RABBITMQ_CONFIG_FILE:-$HOME/rabbitmq}"
export RABBITMQ_ADVANCED_CONFIG_FILE="${RABBITMQ_ADVANCED_CONFIG_FILE:-$HOME/advanced}"
export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="-kernel inet_dist_use_interface {127,0,0,1} ${RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS:-}"

mkdir -p "$HOME"
pipe=$HOME/broker-lives.$$
mkfifo "$pipe"

# Erlang would start a port mapper as a daemon, which stays. That of a run before may be there for a moment.
tries=0
while :; do
  epmd -port "$ERL_EPMD_PORT" -address "$ERL_EPMD_ADDRESS" >/dev/null 2>&1 &
  mapper=$!
  sleep 0.2
  while kill -0 "$mapper" 2>/dev/null; do
    if epmd -port "$ERL_EPMD_PORT" -names >/dev/null 2>&1; then break 2; fi
    sleep 0.1
  done
  tries=$((tries + 1))
  if [ "$tries" -ge 25 ]; then
    rm "$pipe"
    echo "port $ERL_EPMD_PORT on $ERL_EPMD_ADDRESS is taken; set ERL_EPMD_PORT" >&2
    exit 1
  fi
done

# The broker holds one end of a pipe: at its end, whatever ended it, the other end ends the port mapper.
(
  trap '' INT TERM HUP
  cat "$pipe" >/dev/null
  kill "$mapper"
) >/dev/null 2>&1 &
exec 9>"$pipe"
rm "$pipe"

# As under systemd: the script becomes the broker, which handles the signals itself.
export RUNNING_UNDER_SYSTEMD=true
exec "$server/sbin/rabbitmq-server"
