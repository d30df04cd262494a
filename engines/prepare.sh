#!/usr/bin/env bash
# Builds the engines that tests run against, from Debian, Maven and npm: prepare.sh DIR. Builds what is missing or stale.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
out=$(mkdir -p "$1" && cd "$1" && pwd)

need() { # PROGRAM PACKAGE…
  local program=$1; shift
  command -v "$program" >/dev/null && return
  echo "installing $*"
  local sudo=; [ "$(id -u)" = 0 ] || sudo=sudo
  $sudo apt-get update -qq
  $sudo apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# stamp names a project's state, so that what is built is not built again.
stamp() { (cd "$here/$1" && find . -type f -not -path './target/*' -not -path './node_modules/*' -print0 | sort -z | xargs -0 sha256sum | sha256sum); }

ready() { [ "$(cat "$out/$1/stamp" 2>/dev/null)" = "$(stamp "$1")" ] && echo "$1: ready"; }

build() { # NAME JAVA_HOME [JVM option for Maven]
  if ready "$1"; then return; fi
  rm -rf "${out:?}/$1"
  local begin=$SECONDS
  MAVEN_OPTS=${3:-} JAVA_HOME=$2 mvn -q -B -Dstyle.color=never -ntp -f "$here/$1/pom.xml" -Dout="$out/$1" package
  echo "$2/bin/java" >"$out/$1/program"
  stamp "$1" >"$out/$1/stamp"
  echo "$1: built in $((SECONDS - begin)) s"
}

# jdk17 prints the home of a JDK 17: later ones make Elasticsearch ask for native libraries that were not published.
jdk17() {
  local home
  for home in "${JAVA17_HOME:-}" /usr/lib/jvm/java-17-openjdk-* "${JAVA_HOME:-}" /usr/lib/jvm/*17*; do
    if [ -n "$home" ] && [ -x "$home/bin/javac" ] && "$home/bin/javac" -version 2>&1 | grep -q ' 17\.'; then echo "$home"; return; fi
  done
  return 1
}

jdk17 >/dev/null || need javac17 openjdk-17-jdk-headless
need mvn maven
java17=$(jdk17)
build elasticsearch "$java17"
build opensearch "$java17"
java25=${JAVA25_HOME:-/usr/lib/jvm/temurin-25-jdk-amd64}
if [ -x "$java25/bin/javac" ]; then
  build verifier "$java25" --sun-misc-unsafe-memory-access=allow
else
  echo "verifier: not built, there is no JDK 25 in $java25 (JAVA25_HOME names another)"
fi

# The KQL checker is one package, pinned with its hash in the lock file; none of its scripts run.
if ! ready kusto; then
  need node nodejs
  need npm npm
  begin=$SECONDS
  rm -rf "$out/kusto"
  mkdir -p "$out/kusto"
  cp "$here"/kusto/{package.json,package-lock.json,check.js} "$out/kusto/"
  (cd "$out/kusto" && npm ci --silent --ignore-scripts --no-audit --no-fund)
  command -v node >"$out/kusto/program"
  stamp kusto >"$out/kusto/stamp"
  echo "kusto: installed in $((SECONDS - begin)) s"
fi
