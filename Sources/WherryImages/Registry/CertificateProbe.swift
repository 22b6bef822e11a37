import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import WherryLinux
import WherryModel
import WherryOCI

/// Why a registry's certificate was not taken. The library says only that it was not, so the certificate is looked at
/// once more, by a connection that refuses it whatever it is: nothing is sent.
enum CertificateProbe {
  struct Validity: Sendable, Equatable {
    /// Seconds since 1970.
    var from: Int
    var until: Int
  }

  /// Nil where `error` is about something else.
  static func explain(_ error: any Error, _ origin: RegistryURL.Origin, _ http: HTTPAccess) async
    -> WherryError?
  {
    guard String(describing: error).contains("CERTIFICATE_VERIFY_FAILED") else { return nil }
    var found: Validity?
    do {
      if try !http.isProxied(origin) { found = try await validity(of: origin, http.base) }
    } catch {
      found = nil
    }
    return refusal(origin.name, found, now: Int(Timestamp.now().nanoseconds / 1_000_000_000))
  }

  static func refusal(_ registry: String, _ validity: Validity?, now: Int) -> WherryError {
    if let validity, now < validity.from {
      return WherryError(
        .failedPrecondition,
        "registry \(registry): its certificate is valid from \(date(validity.from)), and the clock of this device "
          + "says \(date(now))",
        hint: "the clock is probably wrong: set it (timedatectl), then try again")
    }
    if let validity, now > validity.until {
      return WherryError(
        .failedPrecondition,
        "registry \(registry): its certificate was valid until \(date(validity.until)), and the clock of this "
          + "device says \(date(now))",
        hint: "if the clock is right, the registry needs a new certificate")
    }
    return WherryError(
      .failedPrecondition, "registry \(registry): its certificate is not trusted, or is for another name",
      hint: "put the certificate of its authority into /etc/wherry/certs.d/\(registry)/ca.crt")
  }

  private static func date(_ seconds: Int) -> String {
    RFC3339.format(Timestamp(nanoseconds: UInt64(clamping: seconds) &* 1_000_000_000))
  }

  private static func validity(
    of origin: RegistryURL.Origin, _ base: TLSConfiguration
  ) async throws -> Validity? {
    let context = try NIOSSLContext(configuration: base)
    let name = HostKind(origin.host) == .name ? origin.host : nil
    let found = Mutex<Validity?>(nil)
    let group = MultiThreadedEventLoopGroup.singleton
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      let connect = ClientBootstrap(group: group).connectTimeout(.seconds(10))
        .channelInitializer { channel in
          channel.eventLoop.makeCompletedFuture {
            let handler = try NIOSSLClientHandler(
              context: context, serverHostname: name,
              customVerificationCallback: { certificates, promise in
                if let leaf = certificates.first {
                  found.withLock {
                    $0 = Validity(from: Int(leaf.notValidBefore), until: Int(leaf.notValidAfter))
                  }
                }
                promise.succeed(.failed)
              })
            try channel.pipeline.syncOperations.addHandler(handler)
          }
        }
        .connect(host: origin.host, port: origin.port)
      connect.whenFailure { continuation.resume(throwing: $0) }
      connect.whenSuccess { channel in
        channel.closeFuture.whenComplete { _ in continuation.resume() }
        // A server that says nothing.
        channel.eventLoop.scheduleTask(in: .seconds(10)) { channel.close(promise: nil) }
      }
    }
    return found.withLock { $0 }
  }
}
