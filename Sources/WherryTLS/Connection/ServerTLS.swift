package import NIOCore
import NIOSSL
package import WherryModel

/// TLS of a server whose clients are not Wherry's: TLS 1.2 too, HTTP as the protocol, and a client's certificate only
/// where a CA for those is given. Whoever has one of that CA is let in.
package struct ServerTLS: Sendable {
  private let context: NIOSSLContext

  /// Reads PEM files. Throws what is wrong with which.
  package init(certificate: String, key: String, clientCA: String?) throws(WherryError) {
    // The same checks as for Wherry's own: of the files' form, and of who else can read the key.
    let credentials = try TLSCredentials(
      TLSFiles(ca: clientCA ?? certificate, certificate: certificate, key: key))
    var settings = TLSConfiguration.makeServerConfiguration(
      certificateChain: credentials.chain.map { .certificate($0) }, privateKey: .privateKey(credentials.key))
    settings.minimumTLSVersion = .tlsv12
    settings.applicationProtocols = ["http/1.1"]
    if clientCA != nil {
      settings.certificateVerification = .noHostnameVerification
      settings.trustRoots = .certificates(credentials.trusted)
    } else {
      settings.certificateVerification = .none
    }
    do {
      context = try NIOSSLContext(configuration: settings)
    } catch {
      throw WherryError(
        .failedPrecondition, "the TLS certificate \(certificate) and the key \(key) do not belong together",
        cause: error)
    }
  }

  /// Must be called on the channel's event loop, before other handlers are added.
  package func add(to channel: any Channel) throws {
    try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: context))
  }
}
