#!/bin/sh
# Makes .venv and installs the locked packages and all members into it; needs python3 >= 3.11 and a package index.
#
# uv itself comes from the lock too, checked by hash, so that every machine resolves and installs with the same tool.
# A mirror set for pip (pip.conf, PIP_INDEX_URL, PIP_CERT) is handed on to uv, which does not read pip's settings.
set -eu
cd "$(dirname "$0")/.."

find_python() {
    for name in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "install: no python3 of version 3.11 or later found; name one with PYTHON=..." >&2
    exit 1
}

pip_setting() { .venv/bin/python -m pip config get "$1" 2>/dev/null || true; }

if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
    python=$(find_python)
    echo "install: making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi

if ! .venv/bin/python -c 'import uv' 2>/dev/null; then
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.lock > .venv/uv-bootstrap.txt
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/uv-bootstrap.txt
fi

index=${PIP_INDEX_URL:-$(pip_setting global.index-url)}
[ -z "$index" ] || export UV_DEFAULT_INDEX="${UV_DEFAULT_INDEX:-$index}"
certificate=${PIP_CERT:-$(pip_setting global.cert)}
[ -z "$certificate" ] || export SSL_CERT_FILE="${SSL_CERT_FILE:-$certificate}"
# Like pip, trust what the machine trusts: a company's own root certificate is in the system's store only.
for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
    [ ! -r "$store" ] || export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}"
done
export VIRTUAL_ENV="$PWD/.venv" UV_PYTHON_DOWNLOADS=never

# A sync removes the members before they are added again, which would pull the ground from under running tests: it is
# done only for a lock that is not the installed one.
if ! cmp -s requirements.lock .venv/installed.lock; then
    echo "install: bringing .venv to requirements.lock"
    # Compiled once here, not by each of the processes that import it: the suite's first start is bound by that work.
    .venv/bin/uv pip sync --quiet --require-hashes --compile-bytecode requirements.lock
    cp requirements.lock .venv/installed.lock
fi

echo "install: adding the members"
set --
for manifest in libs/*/pyproject.toml services/*/pyproject.toml; do
    set -- "$@" --editable "$(dirname "$manifest")"
done
.venv/bin/uv pip install --quiet --no-deps --no-build-isolation "$@"
.venv/bin/python -m compileall -q -j 0 libs/*/src services/*/src
