import AsyncHTTPClient
import NIOCore
import WherryModel
import WherryOCI

@testable import WherryImages

/// A registry client as the worker has it, with short waits.
enum TestClient {
  static let limits: RegistryLimits = {
    var limits = RegistryLimits()
    limits.idle = .milliseconds(800)
    limits.attempts = 3
    limits.patience = .zero
    limits.firstPause = .milliseconds(20)
    return limits
  }()

  static func with<Result: Sendable>(
    _ domain: String, repository: String = "library/x", credential: String? = nil,
    limits: RegistryLimits = limits, _ body: @Sendable (RegistryClient) async throws -> Result
  ) async throws -> Result {
    var job = FetchJob(kind: .pull, staging: "", layers: "")
    job.registry = limits
    let http = HTTPClient(
      eventLoopGroupProvider: .shared(StubRegistry.group), configuration: HTTPSettings.configuration(job))
    let client = RegistryClient(
      http: HTTPAccess(http), rules: try TransportRules(domain: domain, insecure: []), repository: repository,
      credential: credential, limits: limits)
    do {
      let result = try await body(client)
      try await http.shutdown()
      return result
    } catch {
      try await http.shutdown()
      throw error
    }
  }

  /// Resolves `x:latest` as the worker does.
  @discardableResult
  static func resolve(
    _ stub: StubRegistry, _ reference: String = "library/x", credential: String? = nil
  ) async throws -> ResolvedImage {
    try await with(stub.domain, credential: credential) { client in
      try await ImageResolution(client: client, platform: Platform(os: "linux", architecture: "amd64"))
        .resolve(try Reference("\(stub.domain)/\(reference)"))
    }
  }

  /// Downloads a blob as the worker does.
  static func blob(_ stub: StubRegistry, _ bytes: [UInt8], size: Int? = nil) async throws -> [UInt8] {
    let descriptor = Descriptor(
      mediaType: .layer, digest: try Digest(StubImage.digest(bytes)), size: UInt64(size ?? bytes.count))
    return try await with(stub.domain) { client in
      let channel = ByteChannel(capacity: 64 << 20)
      await BlobDownload(clients: [client], descriptor: descriptor, channel: channel) { _ in }.run()
      var got: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while true {
        let count = try buffer.withUnsafeMutableBytes { try channel.read(into: $0) }
        if count == 0 { return got }
        got += buffer[..<count]
      }
    }
  }
}

/// The code of the `WherryError` that `body` throws; nil where it throws none.
func code(_ body: () async throws -> Void) async -> WherryError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? WherryError)?.code
  }
}
