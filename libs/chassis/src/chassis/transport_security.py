"""Certificates between services: each side shows one and checks the other's against the same authority.

Both read their files again whenever they have changed, so that a renewed certificate needs no restart: a server at each
new connection, a client when it calls (`chassis.renewed_channel`).
"""

from __future__ import annotations

import ssl
from pathlib import Path

import grpc

from chassis import logs
from chassis.settings import ServiceSettings

_log = logs.logger(__name__)
Stamps = tuple[int, ...]


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


def client_certificates(settings: ServiceSettings) -> ClientCertificates | None:
    """What a client shows, and demands of the server; None where something else protects the connection."""
    files = _Files.of(settings)
    return None if files is None else ClientCertificates(files)


class ClientCertificates:
    """The present content of a client's files."""

    def __init__(self, files: _Files) -> None:
        self._files = files

    def read(self) -> tuple[Stamps, grpc.ChannelCredentials]:
        """What to show and whom to believe, and by what to tell later whether that has changed."""
        stamps = self._files.stamps()
        return stamps, grpc.ssl_channel_credentials(
            root_certificates=self._files.authority.read_bytes(),
            private_key=self._files.key.read_bytes(),
            certificate_chain=self._files.certificate.read_bytes(),
        )

    def read_if_changed(self, seen: Stamps) -> tuple[Stamps, grpc.ChannelCredentials] | None:
        """As `read`; None while nothing has changed since, or while what has changed is of no use.

        Three files are not replaced at one moment. A certificate beside the key of another would end all calls, so what
        was read before is kept until they fit.
        """
        try:
            if self._files.stamps() == seen:
                return None
            self._files.require_fit()
            return self.read()
        except (OSError, ssl.SSLError) as fault:
            _log.warning("certificate.unusable", fault=type(fault).__name__, file=str(self._files.certificate))
            return None


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

    def require_fit(self) -> None:
        """Raises what ssl raises where key and certificate are no pair."""
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(self.certificate, self.key)

    def stamps(self) -> Stamps:
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
