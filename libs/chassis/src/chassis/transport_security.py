"""Certificates between services: each side shows one and checks the other's against the same authority.

A server reads its files again whenever they have changed, so that a renewed certificate needs no restart; a client
reads them when it opens a channel. Whoever issues the certificates must therefore let them outlive a rollout.
"""

from __future__ import annotations

from pathlib import Path

import grpc

from chassis.settings import ServiceSettings


def server_credentials(settings: ServiceSettings) -> grpc.ServerCredentials | None:
    """What the server shows, and demands of its callers; None where something else protects the connection."""
    files = _Files.of(settings)
    if files is None:
        return None
    certificates = _Certificates(files)
    return grpc.dynamic_ssl_server_credentials(
        certificates.read(),
        certificates.read_if_changed,  # type: ignore[arg-type]  # None says that nothing has changed
        require_client_authentication=True,
    )


def channel_credentials(settings: ServiceSettings) -> grpc.ChannelCredentials | None:
    """What a client shows, and demands of the server; None where something else protects the connection."""
    files = _Files.of(settings)
    if files is None:
        return None
    return grpc.ssl_channel_credentials(
        root_certificates=files.authority.read_bytes(),
        private_key=files.key.read_bytes(),
        certificate_chain=files.certificate.read_bytes(),
    )


class _Files:
    def __init__(self, certificate: Path, key: Path, authority: Path) -> None:
        self.certificate = certificate
        self.key = key
        self.authority = authority

    @classmethod
    def of(cls, settings: ServiceSettings) -> _Files | None:
        certificate, key = settings.tls_certificate_file, settings.tls_key_file
        authority = settings.tls_authority_file
        if settings.transport != "tls" or certificate is None or key is None or authority is None:
            return None
        return cls(certificate, key, authority)

    def stamps(self) -> tuple[int, ...]:
        return tuple(path.stat().st_mtime_ns for path in (self.certificate, self.key, self.authority))


class _Certificates:
    """The present content of the files. gRPC asks at every new connection, from a thread of its own."""

    def __init__(self, files: _Files) -> None:
        self._files = files
        self._seen: tuple[int, ...] = ()

    def read(self) -> grpc.ServerCertificateConfiguration:
        self._seen = self._files.stamps()
        pair = (self._files.key.read_bytes(), self._files.certificate.read_bytes())
        return grpc.ssl_server_certificate_configuration([pair], root_certificates=self._files.authority.read_bytes())

    def read_if_changed(self) -> grpc.ServerCertificateConfiguration | None:
        return self.read() if self._files.stamps() != self._seen else None
