import NIOSSL
import WherryLinux
package import WherryModel

/// What one side shows and what it trusts, read and checked.
package struct TLSCredentials: Sendable {
  let trusted: [NIOSSLCertificate]
  let chain: [NIOSSLCertificate]
  let key: NIOSSLPrivateKey

  static let maximumFile = 256 << 10
  /// What both sides must agree on (ALPN, RFC 7301), so that no other protocol's server or client is mistaken for one.
  static let protocolName = "wherry/1"

  /// Throws what is wrong with which file.
  package init(_ files: TLSFiles) throws(WherryError) {
    trusted = try Self.certificates(files.ca, "CA")
    chain = try Self.certificates(files.certificate, "certificate")
    let bytes = try Self.read(files.key, "key")
    guard bytes.mode & 0o007 == 0 else {
      throw WherryError(
        .failedPrecondition, "the TLS key \(files.key) can be read by everybody",
        hint: "chmod 600 \(files.key)")
    }
    do {
      key = try NIOSSLPrivateKey(bytes: bytes.content, format: .pem)
    } catch {
      throw WherryError(
        .failedPrecondition, "the TLS key \(files.key) is no unencrypted private key in PEM", cause: error)
    }
  }

  private static func certificates(_ path: String, _ what: String) throws(WherryError) -> [NIOSSLCertificate]
  {
    let content = try read(path, what).content
    do {
      let all = try NIOSSLCertificate.fromPEMBytes(content)
      if !all.isEmpty { return all }
    } catch {
      throw WherryError(.failedPrecondition, "the TLS \(what) \(path) is no certificate in PEM", cause: error)
    }
    throw WherryError(.failedPrecondition, "the TLS \(what) \(path) holds no certificate")
  }

  private static func read(_ path: String, _ what: String) throws(WherryError) -> (
    content: [UInt8], mode: UInt32
  ) {
    do {
      let file = try FileDescriptor.open(path)
      let mode = try file.status().permissions
      return (try file.readAll(maximum: maximumFile), mode)
    } catch {
      throw WherryError(
        error, "the TLS \(what)", hint: "wherry daemon cert --help tells how to make certificates")
    }
  }

  /// Of the side that accepts: every client must show a certificate.
  func server() throws(WherryError) -> NIOSSLContext {
    var settings = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    settings.certificateVerification = .noHostnameVerification
    return try context(&settings)
  }

  func client() throws(WherryError) -> NIOSSLContext {
    var settings = TLSConfiguration.makeClientConfiguration()
    settings.certificateChain = chain.map { .certificate($0) }
    settings.privateKey = .privateKey(key)
    settings.certificateVerification = .fullVerification
    return try context(&settings)
  }

  private func context(_ settings: inout TLSConfiguration) throws(WherryError) -> NIOSSLContext {
    settings.minimumTLSVersion = .tlsv13
    settings.trustRoots = .certificates(trusted)
    settings.applicationProtocols = [Self.protocolName]
    do {
      return try NIOSSLContext(configuration: settings)
    } catch {
      throw WherryError(
        .failedPrecondition, "the TLS certificate and key do not belong together", cause: error)
    }
  }
}
