#!/usr/bin/env bash
# Installs what the tests need, builds everything and runs every test. The last line reads "N passed, N failed".
# usage: ./test.sh [--configuration Debug|Release]
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
configuration=Release
[ "${1:-}" = --configuration ] && configuration=$2
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

./setup.sh

apt_install() {
  as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi; }
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q "$@"
}

# The npm clients that the server and the chat templates are tested with.
command -v npm >/dev/null || {
  echo "test: installing nodejs and npm for the tests of the npm clients"
  apt_install nodejs npm
}
# Shared state is tested against a real Redis. The service that the package starts is not used.
command -v redis-server >/dev/null || {
  echo "test: installing redis-server for the tests of shared state"
  apt_install redis-server || echo "test: redis-server could not be installed: the tests of Redis will be skipped, and say so"
}
# The dashboard is tested in a real browser, Debian's own: nothing is downloaded by the test library.
[ -x /usr/bin/chromium ] || {
  echo "test: installing chromium for the tests of the dashboard"
  apt_install chromium || echo "test: chromium could not be installed: the tests of the dashboard in a browser will be skipped, and say so"
}
npm ci --prefix tests/Node --no-audit --no-fund --loglevel=error

dotnet build InferenceServer.sln --configuration "$configuration"

# One project after the other: two cores, and several of them hold a model.
passed=0 failed=0 broken=()
for project in tests/*.Tests; do
  name=$(basename "$project")
  log=$(mktemp)
  status=0
  dotnet run --project "$project" --configuration "$configuration" --no-build -- --progress off --timeout 10m 2>&1 | sed 's/\x1b\[[0-9;]*m//g' >"$log" || status=$?
  count() { sed -n "s/^ *$1: \([0-9]*\).*/\1/p" "$log" | tail -n 1; }
  p=$(count succeeded) f=$(count failed)
  printf '%-24s %4s passed, %s failed\n' "$name" "${p:-0}" "${f:-?}"
  passed=$((passed + ${p:-0})) failed=$((failed + ${f:-0}))
  if [ "$status" -ne 0 ] || [ -z "$p" ]; then
    broken+=("$name")
    cat "$log"
  fi
  rm -f "$log"
done

# A project that crashed reports no count, and must not pass for that.
if [ ${#broken[@]} -gt 0 ]; then
  echo "test: failed in ${broken[*]}"
  [ "$failed" -gt 0 ] || failed=${#broken[@]}
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
