# For the steps of docker/Dockerfile: where packages come from and whom to trust, given as secrets of the build.
if [ -s /run/ca.pem ]; then
    export SSL_CERT_FILE=/run/ca.pem PIP_CERT=/run/ca.pem
fi
if [ -s /run/index ]; then
    UV_DEFAULT_INDEX=$(cat /run/index)
    export UV_DEFAULT_INDEX PIP_INDEX_URL="$UV_DEFAULT_INDEX"
fi
