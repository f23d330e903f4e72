#!/usr/bin/env bash
# Builds Stagegate, starts it with the pet store example imported and deployed, and starts the
# example's back end along with it. Ctrl-C stops both. The example's Lambda functions run where their interpreters are.
#
# PETSTORE_PORT (default 8090) is the back end's port; STAGEGATE_DATA_DIR, STAGEGATE_GATEWAY,
# STAGEGATE_CONTROL and STAGEGATE_STATUS are Stagegate's own settings. PROFILE=dev builds faster.
set -euo pipefail
cd "$(dirname "$0")/.."

port=${PETSTORE_PORT:-8090}
export STAGEGATE_DATA_DIR=${STAGEGATE_DATA_DIR:-./stagegate-data}
export STAGEGATE_CONTROL=${STAGEGATE_CONTROL:-127.0.0.1:8081}
profile=${PROFILE:-release}
binaries=${CARGO_TARGET_DIR:-target}/${profile/#dev/debug}

cargo build --profile "$profile" -p stagegate -p petstore-backend

mkdir -p -m 700 "$STAGEGATE_DATA_DIR"
definition=examples/petstore/petstore.yaml
if [ "$port" != 8090 ]; then
    definition=$STAGEGATE_DATA_DIR/petstore.yaml
    sed "s/127\.0\.0\.1:8090/127.0.0.1:$port/" examples/petstore/petstore.yaml >"$definition"
fi

# The settings with the example's functions, less those that no interpreter is there for.
absent=""
if [ -z "${STAGEGATE_CONFIG:-}" ]; then
    export STAGEGATE_CONFIG=$STAGEGATE_DATA_DIR/petstore.toml
    sed "s#\./functions#$PWD/examples/petstore/functions#; s/127\.0\.0\.1:8090/127.0.0.1:$port/" \
        examples/petstore/stagegate.toml >"$STAGEGATE_CONFIG"
    runs_with() { # runs_with FUNCTION INTERPRETER ROUTE: without the interpreter the function is left out
        "$2" --version >/dev/null 2>&1 && return
        sed -i "/^\[functions\.$1\]/,/^\$/d" "$STAGEGATE_CONFIG"
        absent+="$2 is not installed: $3, a Lambda function, answers 500."$'\n'
    }
    runs_with petstore-quote python3 "GET /pets/{petId}/quote"
    runs_with petstore-adoption node "POST /pets/{petId}/adoption"
fi

children=()
stop() {
    trap '' INT TERM
    for child in "${children[@]}"; do kill -TERM "$child" 2>/dev/null || true; done
    wait || true
}
trap stop EXIT
trap 'exit 0' INT TERM

"$binaries/petstore-backend" "127.0.0.1:$port" &
children+=($!)
"$binaries/stagegate" serve --import "$definition" --stage dev &
stagegate=$!
children+=("$stagegate")

# The invoke URL of the pet store's stage, once it is served.
invoke_url() { "$binaries/stagegate" apis 2>/dev/null | awk '/PetStore/ {ours = 1} ours && $2 ~ /^http/ {print $2; exit}'; }
invoke=""
for _ in $(seq 150); do
    invoke=$(invoke_url) && [ -n "$invoke" ] && break
    kill -0 "$stagegate" 2>/dev/null || { wait "$stagegate"; exit 1; }
    sleep 0.1
done
[ -n "$invoke" ] || { echo "the pet store did not come up" >&2; exit 1; }

cat <<END

${absent}The pet store is served. Ctrl-C stops it. Try, in another terminal:

  curl $invoke/pets
  curl -d '{"name":"Ada","type":"cat"}' $invoke/pets
  curl "$invoke/pets/1/quote?quantity=2"
  curl -d '{"adopter":"Ada"}' $invoke/pets/1/adoption
  AWS_SHARED_CREDENTIALS_FILE=$STAGEGATE_DATA_DIR/credentials AWS_DEFAULT_REGION=us-east-1 \\
    aws --endpoint-url http://$STAGEGATE_CONTROL apigateway get-rest-apis

END
wait -n "${children[@]}"
