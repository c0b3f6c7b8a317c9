# A runtime without shell, package manager and setuid files: only what python3 needs, copied out of a Debian base.
ARG PYTHON_IMAGE=debian:bookworm-slim

FROM ${PYTHON_IMAGE} AS packages
COPY docker/bases/distroless.packages docker/bases/copy-packages /
RUN /copy-packages /distroless.packages /rootfs

FROM scratch
COPY --from=packages /rootfs /
