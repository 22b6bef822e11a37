package import NIOCore
import NIOSSL
import Synchronization
import WherryLinux
package import WherryModel
import WherryRPC
package import WherryTransport

/// Lets in who shows a certificate of our CA that carries a role. Nobody else gets as far as a message.
package struct TLSDoorman: Doorman {
  package let speaksFirst = false
  private let context: NIOSSLContext
  private let trusted: [NIOSSLCertificate]
  private let report: @Sendable (_ address: String, WherryError) -> Void
  private let pending = Pending()

  /// How many connections may be in their handshake at once, and how long one may take.
  package static let maximumHandshakes = 64
  package static let handshakeTimeout = Duration.seconds(10)

  /// `report` is told who was refused and why.
  package init(
    _ credentials: TLSCredentials, report: @escaping @Sendable (_ address: String, WherryError) -> Void
  ) throws(WherryError) {
    context = try credentials.server()
    trusted = credentials.trusted
    self.report = report
  }

  package func origin(of channel: any Channel) -> EventLoopFuture<String> {
    channel.eventLoop.makeSucceededFuture("address \(Self.address(channel))")
  }

  package func identify(_ channel: any Channel) -> EventLoopFuture<Verdict> {
    let address = Self.address(channel)
    let promise = channel.eventLoop.makePromise(of: Verdict.self)
    guard pending.enter() else {
      promise.fail(WherryError(.resourceExhausted, "\(Self.maximumHandshakes) handshakes are under way"))
      return promise.futureResult
    }
    promise.futureResult.whenComplete { result in
      pending.leave()
      switch result {
      case .success(.welcome): break
      case .success(.refused(let reason)): report(address, WherryError(.permissionDenied, reason))
      case .failure(let error): report(address, .wrapping(error))
      }
    }
    do {
      let handshake = ServerHandshake(address: address, trusted: trusted, verdict: promise)
      try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), handshake])
      channel.setOption(.autoRead, value: true).cascadeFailure(to: promise)
    } catch {
      promise.fail(error)
    }
    return promise.futureResult
  }

  private static func address(_ channel: any Channel) -> String {
    channel.remoteAddress?.ipAddress ?? "an unknown address"
  }

  /// Counts handshakes, so that strangers cannot take all the places there are.
  private final class Pending: Sendable {
    private let count = Mutex(0)

    func enter() -> Bool {
      count.withLock { count in
        guard count < TLSDoorman.maximumHandshakes else { return false }
        count += 1
        return true
      }
    }

    func leave() { count.withLock { $0 -= 1 } }
  }
}
