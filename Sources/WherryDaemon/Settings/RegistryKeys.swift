import WherryImages
import WherryModel

/// `"registries"` of the settings file: how registries are reached. Every key is optional, an unknown one an error.
struct RegistryKeys: Decodable {
  enum Key: String, CodingKey, CaseIterable {
    case mirrors
    case proxies
    case rateLimit = "limit-rate"
    case concurrentDownloads = "max-concurrent-downloads"
    case patience
    case certificateDirectories = "certificate-directories"
    case authFile = "auth-file"
  }

  private struct Proxies: Decodable {
    enum CodingKeys: String, CodingKey {
      case http = "http-proxy"
      case https = "https-proxy"
      case none = "no-proxy"
    }
    var http: String?
    var https: String?
    var none: String?
  }

  private struct AnyKey: CodingKey {
    var stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private var mirrors: [String: [String]]?
  private var proxies: Proxies?
  private var rateLimit: UInt64?
  private var concurrentDownloads: Int?
  private var patience: Double?
  private var certificateDirectories: [String]?
  private var authFile: String?

  init(from decoder: any Decoder) throws {
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where Key(rawValue: key.stringValue) == nil
    {
      throw WherryError(
        .invalidArgument, "unknown key \(String(key.stringValue.prefix(80)).debugDescription) in registries",
        hint: "known keys: " + Key.allCases.map(\.rawValue).joined(separator: ", "))
    }
    let values = try decoder.container(keyedBy: Key.self)
    mirrors = try values.decodeIfPresent([String: [String]].self, forKey: .mirrors)
    proxies = try values.decodeIfPresent(Proxies.self, forKey: .proxies)
    rateLimit = try values.decodeIfPresent(UInt64.self, forKey: .rateLimit)
    concurrentDownloads = try values.decodeIfPresent(Int.self, forKey: .concurrentDownloads)
    patience = try values.decodeIfPresent(Double.self, forKey: .patience)
    certificateDirectories = try values.decodeIfPresent([String].self, forKey: .certificateDirectories)
    authFile = try values.decodeIfPresent(String.self, forKey: .authFile)
  }

  /// Throws `invalidArgument`.
  func apply(to settings: inout RegistrySettings) throws(WherryError) {
    for (prefix, locations) in (mirrors ?? [:]).sorted(by: { $0.key < $1.key }) {
      settings.mirrors.append(try MirrorRule(prefix: prefix, locations: locations))
    }
    if let proxies {
      settings.proxies = ProxySettings(http: proxies.http, https: proxies.https, none: proxies.none)
      try settings.proxies.check()
    }
    if let rateLimit { settings.rateLimit = rateLimit }
    if let concurrentDownloads {
      guard (1...16).contains(concurrentDownloads) else {
        throw WherryError(
          .invalidArgument, "max-concurrent-downloads of \(concurrentDownloads)", hint: "give 1 to 16")
      }
      settings.concurrentDownloads = concurrentDownloads
    }
    if let patience {
      guard (0...86_400).contains(patience) else {
        throw WherryError(.invalidArgument, "patience of \(patience) s", hint: "give 0 to 86400 seconds")
      }
      settings.patience = .seconds(patience)
    }
    if let certificateDirectories {
      settings.certificateFolders = try certificateDirectories.map { path throws(WherryError) in
        try DaemonSettings.directory(path, of: "certificate-directories")
      }
    }
    if let authFile { settings.authFile = try DaemonSettings.directory(authFile, of: "auth-file") }
  }
}
