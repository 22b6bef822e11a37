import NIOSSL
import WherryLinux
import WherryModel

/// Certificates for one registry, in Docker's layout: `HOST[:PORT]/NAME.crt` are trusted, `NAME.cert` with `NAME.key`
/// identify us.
struct CertificateFolder: Sendable {
  /// The folders that hold a folder for each registry; the first that has one wins.
  var parents: [String]

  /// `base` with what the folder for `origin` adds; nil where there is none. Blocks.
  func configuration(
    for origin: RegistryURL.Origin, base: TLSConfiguration
  ) throws(WherryError) -> TLSConfiguration? {
    for parent in parents {
      for name in ["\(origin.host):\(origin.port)", origin.name] where !name.contains("/") {
        let folder = "\(parent)/\(name)"
        let status = try WherryError.converting { () throws(SystemError) in
          try Files.statusIfPresent(folder, following: true)
        }
        if status?.kind == .directory { return try read(folder, base) }
      }
    }
    return nil
  }

  private func read(_ folder: String, _ base: TLSConfiguration) throws(WherryError) -> TLSConfiguration {
    let names = try WherryError.converting { () throws(SystemError) in try Files.list(folder) }
    var tls = base
    for name in names where name.hasSuffix(".crt") {
      tls.additionalTrustRoots.append(.certificates(try certificates("\(folder)/\(name)")))
    }
    for name in names where name.hasSuffix(".cert") {
      let key = "\(name.dropLast(5)).key"
      guard names.contains(key) else {
        throw WherryError(
          .failedPrecondition, "client certificate \(folder)/\(name) has no key", hint: "put \(key) beside it"
        )
      }
      tls.certificateChain = try certificates("\(folder)/\(name)").map { .certificate($0) }
      do {
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: "\(folder)/\(key)", format: .pem))
      } catch {
        throw unusable("\(folder)/\(key)", "private key")
      }
    }
    return tls
  }

  private func certificates(_ path: String) throws(WherryError) -> [NIOSSLCertificate] {
    do {
      return try NIOSSLCertificate.fromPEMFile(path)
    } catch {
      throw unusable(path, "certificate")
    }
  }

  private func unusable(_ path: String, _ what: String) -> WherryError {
    WherryError(
      .failedPrecondition, "\(path) is no \(what) that can be read", hint: "it must be a file in PEM form")
  }
}
