import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
import WherryModel

/// How the worker's HTTP clients are set up.
enum HTTPSettings {
  static func access(_ job: FetchJob) -> HTTPAccess {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    return HTTPAccess(
      proxies: job.proxies, certificates: CertificateFolder(parents: job.certificateFolders), base: tls(job)
    ) { proxy in
      var settings = configuration(job)
      settings.proxy = proxy.map(Self.proxy)
      let http = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: settings)
      // Never released: its life is the process's, and it insists on being shut down before.
      _ = Unmanaged.passRetained(http)
      return http
    }
  }

  private static func tls(_ job: FetchJob) -> TLSConfiguration {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.minimumTLSVersion = .tlsv12
    if let file = job.certificateAuthority {
      tls.additionalTrustRoots = [.file(file)]
    }
    return tls
  }

  static func configuration(_ job: FetchJob) -> HTTPClient.Configuration {
    var settings = HTTPClient.Configuration(
      tlsConfiguration: tls(job), redirectConfiguration: .disallow,
      timeout: .init(connect: .nanoseconds(job.registry.connect.wholeNanoseconds)), decompression: .disabled)
    // One protocol less to get wrong, and HTTP/2's windows are memory.
    settings.httpVersion = .http1Only
    settings.connectionPool.retryConnectionEstablishment = false
    return settings
  }

  private static func proxy(_ server: ProxySettings.Server) -> HTTPClient.Configuration.Proxy {
    var authorization: HTTPClient.Authorization?
    if let user = server.user {
      let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      authorization = .basic(
        username: PercentEncoding.decode(parts[0]),
        password: parts.count == 2 ? PercentEncoding.decode(parts[1]) : "")
    }
    return .server(host: server.host, port: server.port, authorization: authorization)
  }
}

/// RFC 3986 section 2.1.
enum PercentEncoding {
  /// What is no escape stays as it is.
  static func decode(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(2)
      if byte == UInt8(ascii: "%"), digits.count == 2,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
