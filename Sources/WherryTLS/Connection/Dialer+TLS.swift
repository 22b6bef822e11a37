import NIOCore
import NIOSSL
import NIOTLS
import WherryModel
package import WherryRPC
package import WherryTransport

extension Dialer {
  /// A connection to `host`, whose certificate must be for that name or address and from the CA we trust. Returns
  /// when the daemon has accepted ours; throws its refusal.
  package func connect(
    host: String, port: UInt16, credentials: TLSCredentials
  ) async throws -> ConnectionDriver {
    let context = try credentials.client()
    let trusted = credentials.trusted
    let isAddress = IPAddress.bytes(host) != nil
    let connection = try await connect(host: host, port: Int(port)) { channel in
      // An address is compared with the certificate's addresses; it is no server name (RFC 6066 section 3).
      let tls = try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
      try channel.pipeline.syncOperations.addHandlers([
        tls, ClientHandshake(host: host, port: port, trusted: trusted),
      ])
    }
    try await connection.waitUntilEstablished()
    return connection
  }
}

/// Compares the certificate's names with the one that was dialled, and says what an error of TLS means, before the
/// handler of messages is told.
private final class ClientHandshake: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private let host: String
  private let port: UInt16
  private let trusted: [NIOSSLCertificate]

  init(host: String, port: UInt16, trusted: [NIOSSLCertificate]) {
    self.host = host
    self.port = port
    self.trusted = trusted
  }

  /// The library takes a certificate for the address that the name led to as one for the name. Whoever answers for
  /// names could then pass one device off as another.
  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted? = event as? TLSUserEvent, !isForHost(context) {
      errorCaught(context: context, error: NIOSSLExtraError.failedToValidateHostname)
      context.close(promise: nil)
      return
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func isForHost(_ context: ChannelHandlerContext) -> Bool {
    do {
      guard let certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate() else {
        return false
      }
      return try HostIdentity(certificate).covers(host)
    } catch {
      return false
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    let diagnosis = { [trusted] () -> String? in
      do {
        return try context.pipeline.syncOperations.nioSSL_peerCertificate()
          .flatMap { CertificateDiagnosis.text($0, trusted: trusted) }
      } catch {
        return nil
      }
    }
    context.fireErrorCaught(TLSFailure.error(error, peer: "\(host):\(port)", diagnosis: diagnosis))
  }
}
