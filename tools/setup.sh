#!/bin/sh
# Makes a virtual environment hold what a command needs; says and does nothing where it does.
#   tools/setup.sh .venv demo|functions|dev [VERSION]
# Without a version the oldest Python that is supported comes first: what works there works on the newer ones,
# and tools/functions.sh tests the functions on the one that they are deployed on.
set -eu
cd "${0%/*}/.."
folder=$1
set=$2
shift 2
[ $# -gt 0 ] || set -- 3.11 3.12 3.13

if [ -z "${BASE_PYTHON:-}" ] && "$folder/bin/python" -I tools/environment.py --ready "$folder" "$set" 2>/dev/null; then
    exit 0
fi
python=$(sh tools/python.sh "$@")
exec "$python" -I tools/environment.py "$folder" "$set"
