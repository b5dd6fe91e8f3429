#!/bin/sh
# Prints the path of the first Python of the given versions that works here: on PATH, else among pyenv's.
#   tools/python.sh 3.11 3.12 3.13
# A name on PATH proves nothing (pyenv's shims, Debian without python3-venv): each candidate is tried.
# BASE_PYTHON, where it is set, is the only candidate. Only what every shell has is used, so that this works anywhere.
set -u

# The last value is the Python behind a virtual environment, which may be the one that is about to be made again.
ask='
import sys
missing = "nothing"
for module in ("ssl", "venv", "ensurepip"):
    try:
        __import__(module)
    except ImportError:
        missing = module
print("%d.%d %s %s" % (sys.version_info[0], sys.version_info[1], missing, sys._base_executable))
'
unfit=

words=
for version in "$@"; do
    words="${words:+$words, }$version"
done
case "$words" in
*,*) words="${words%, *} or ${words##*, }" ;;
esac

# Print $1 and end, if it is a Python of one of the versions in $2 that can make virtual environments.
try() {
    [ -f "$1" ] && [ -x "$1" ] || return 0
    found=$("$1" -I -c "$ask" 2>/dev/null </dev/null) || return 0
    version=${found%% *}
    rest=${found#* }
    missing=${rest%% *}
    path=${rest#* }
    case " $2 " in
    *" $version "*) ;;
    *)
        : "${unfit:=error: Python $words is needed, but here is $version ($path): install one, or name one: make BASE_PYTHON=/path/to/python ...}"
        return 0
        ;;
    esac
    if [ "$missing" != nothing ]; then
        unfit="error: Python $version ($path) lacks the module $missing and cannot make .venv: install it (Debian, Ubuntu: apt-get install python$version-venv)"
        return 0
    fi
    echo "$path"
    exit 0
}

# Try every program of the name $1 on PATH, not only the first.
on_path() {
    places=$PATH:
    while [ -n "$places" ]; do
        try "${places%%:*}/$1" "$2"
        places=${places#*:}
    done
}

if [ -n "${BASE_PYTHON:-}" ]; then
    try "$(command -v "$BASE_PYTHON")" "$*"
    echo "${unfit:-error: BASE_PYTHON=$BASE_PYTHON is not a Python that runs here}" >&2
    exit 1
fi
for version in "$@"; do
    on_path "python$version" "$version"
done
on_path python3 "$*"
on_path python "$*"
for version in "$@"; do
    for candidate in "${PYENV_ROOT:-${HOME:-}/.pyenv}/versions/$version".*/bin/python"$version"; do
        try "$candidate" "$version"
    done
done
echo "${unfit:-error: there is no Python here that runs: install Python $words (Debian, Ubuntu: apt-get install python3 python3-venv)}" >&2
exit 1
