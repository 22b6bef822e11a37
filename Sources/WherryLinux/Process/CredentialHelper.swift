import Glibc
package import WherryModel

/// `docker-credential-NAME`, a program that keeps secrets (docker-credential-helpers' protocol).
package struct CredentialHelper: Sendable {
  private static let folders = [
    "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin",
  ]

  private let name: String
  private let path: String
  private let environment: [String]

  /// Throws `notFound`. `environment` is what the program sees beside the usual, such as HOME.
  package init(_ name: String, environment: [String] = []) throws(WherryError) {
    self.name = name
    self.environment = environment
    let file = "docker-credential-\(name)"
    let candidates: [String] = Self.folders.map { "\($0)/\(file)" }
    let found = candidates.first { (candidate: String) in access(candidate, X_OK) == 0 }
    guard !name.contains("/"), let found else {
      throw WherryError(
        .notFound, "the credential helper \(file) is not installed",
        hint: "install it, or take it out of the file with the credentials")
    }
    path = found
  }

  /// The answer of `get`; nil where there is no such program here, or it has nothing. An image may be had without.
  package static func find(_ name: String, _ key: String, environment: [String] = []) async throws -> [UInt8]?
  {
    do {
      return try await CredentialHelper(name, environment: environment).run("get", Array(key.utf8))
    } catch let error as WherryError where error.code == .notFound {
      return nil
    }
  }

  /// Runs `get`, `store` or `erase`. Secrets go by pipes only; what it writes to standard error is no part of an error,
  /// for it may hold one.
  package func run(_ verb: String, _ input: [UInt8]) async throws -> [UInt8] {
    let spawn = Spawn(path, [verb], environment: Spawn.plainEnvironment + environment)
    let output = try await spawn.output(input: input, maximum: 64 << 10, timeout: .seconds(30))
    guard output.status == .exited(0) else {
      // What the protocol's own helpers answer to `get`.
      if verb == "get", String(decoding: output.stdout, as: UTF8.self).contains("credentials not found") {
        throw WherryError(.notFound, "docker-credential-\(name) has no credential for it")
      }
      throw WherryError(
        .failedPrecondition, "docker-credential-\(name) \(verb) failed", hint: "try it by hand")
    }
    return output.stdout
  }
}
