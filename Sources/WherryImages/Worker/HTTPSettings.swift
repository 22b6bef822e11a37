import AsyncHTTPClient
import NIOCore
import NIOSSL
import WherryModel

/// How the worker's HTTP client is set up.
enum HTTPSettings {
  static func configuration(_ job: FetchJob) throws -> HTTPClient.Configuration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let file = job.certificateAuthority {
      tls.additionalTrustRoots = [.file(file)]
    }
    var settings = HTTPClient.Configuration(
      tlsConfiguration: tls, redirectConfiguration: .disallow,
      timeout: .init(connect: .nanoseconds(job.registry.connect.wholeNanoseconds)), decompression: .disabled)
    // One protocol less to get wrong, and HTTP/2's windows are memory.
    settings.httpVersion = .http1Only
    settings.connectionPool.retryConnectionEstablishment = false
    return settings
  }
}
