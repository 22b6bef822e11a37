import NIOCore
import NIOSSL
import NIOTLS
import WherryLinux
import WherryModel
import WherryTransport

/// Waits for the handshake of an accepted connection, gives the verdict, and goes out of the way.
final class ServerHandshake: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let address: String
  private let trusted: [NIOSSLCertificate]
  private var verdict: EventLoopPromise<Verdict>?
  private var timeout: Scheduled<Void>?

  init(address: String, trusted: [NIOSSLCertificate], verdict: EventLoopPromise<Verdict>) {
    self.address = address
    self.trusted = trusted
    self.verdict = verdict
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    timeout = context.eventLoop.scheduleTask(in: .seconds(TLSDoorman.handshakeTimeout.components.seconds)) {
      bound.value.fail(WherryError(.deadlineExceeded, "no TLS handshake in time"))
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    timeout?.cancel()
    fail(WherryError(.unavailable, "the connection was closed in the TLS handshake"))
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted(let name)? = event as? TLSUserEvent, let verdict {
      self.verdict = nil
      timeout?.cancel()
      // The handler for messages is added within this call: what comes next is for it.
      verdict.succeed(decide(context, name))
      context.pipeline.syncOperations.removeHandler(self, promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func decide(_ context: ChannelHandlerContext, _ name: String?) -> Verdict {
    guard name == TLSCredentials.protocolName else {
      return .refused("the client does not speak \(TLSCredentials.protocolName) (ALPN)")
    }
    do {
      guard let certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate() else {
        return .refused("the client showed no certificate")
      }
      return .welcome(try RemoteIdentity.peer(certificate, address: address))
    } catch {
      return .refused(WherryError.wrapping(error).description)
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
    fail(TLSFailure.error(error, peer: address, diagnosis: diagnosis))
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail(WherryError(.unavailable, "the connection was closed in the TLS handshake"))
    context.fireChannelInactive()
  }

  private func fail(_ error: WherryError) {
    verdict?.fail(error)
    verdict = nil
  }
}
