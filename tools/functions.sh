#!/bin/sh
# The tests of what runs in AWS, on the Python that it runs on there, where .venv has another.
#   tools/functions.sh setup|test 3.13
set -eu
cd "${0%/*}/.."
deployed=$2
folder=.venv-$deployed
unset BASE_PYTHON

here=$(.venv/bin/python -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
[ "$here" != "$deployed" ] || exit 0
if ! "$folder/bin/python" -I -c '' 2>/dev/null && ! sh tools/python.sh "$deployed" >/dev/null 2>&1; then
    [ "$1" = setup ] ||
        echo "There is no Python $deployed here, on which the functions are deployed: they were tested on $here only."
    exit 0
fi
if [ "$1" = setup ]; then
    exec sh tools/setup.sh "$folder" functions "$deployed"
fi
echo "The tests of the functions again, on Python $deployed, on which they are deployed:"
exec "$folder/bin/python" -m pytest -q -n 2 --dist loadfile \
    --ignore-glob '*/test_browser.py' --ignore tests/approvals/page/test_looks.py \
    --ignore tests/approvals/histories/test_broken.py \
    tests/runtime tests/approvals tests/e2e
