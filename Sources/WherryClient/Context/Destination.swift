package import WherryModel
package import WherryTLS

/// What the words of a command line and the environment say of where to connect.
package struct DestinationChoice: Sendable {
  package var host: String?
  package var context: String?
  package var ca: String?
  package var certificate: String?
  package var key: String?

  package init() {}
}

/// A daemon and how to prove who one is to it.
package struct Destination: Sendable, Hashable {
  package var endpoint: Endpoint
  package var tls: TLSFiles?
  /// What the user should know of how it was chosen.
  package var warning: String?

  package init(endpoint: Endpoint, tls: TLSFiles? = nil, warning: String? = nil) {
    self.endpoint = endpoint
    self.tls = tls
    self.warning = warning
  }

  /// Docker's order: `--host`, `--context`, `WHERRY_HOST`, `WHERRY_CONTEXT`, the context in use, the local daemon.
  /// Both flags at once are refused.
  package static func resolve(
    _ choice: DestinationChoice, _ environment: (String) -> String?
  ) throws(WherryError) -> Destination {
    let host = choice.host.nonEmpty
    let context = choice.context.nonEmpty
    if host != nil, context != nil {
      throw WherryError(.invalidArgument, "conflicting options: cannot specify both --host and --context")
    }
    var destination: Destination
    if let host = host ?? (context == nil ? environment("WHERRY_HOST").nonEmpty : nil) {
      destination = Destination(endpoint: try Endpoint(host))
    } else if let folder = try ClientFolder.find(environment) {
      let store = ContextStore(folder)
      var warning: String?
      var name = context ?? environment("WHERRY_CONTEXT").nonEmpty
      if name == nil { name = try store.current(&warning) }
      let context = try store.context(name ?? ConnectionContext.defaultName)
      destination = Destination(endpoint: context.endpoint, tls: context.tls, warning: warning)
    } else {
      destination = Destination(endpoint: .standard)
    }
    if case .tls = destination.endpoint.transport {
      try destination.completeTLS(choice, environment)
    }
    return destination
  }

  /// Flags over the context's files over those of `WHERRY_CERT_PATH` over those of the client's folder.
  private mutating func completeTLS(
    _ choice: DestinationChoice, _ environment: (String) -> String?
  ) throws(WherryError) {
    var files = tls
    if files == nil {
      var folder = environment("WHERRY_CERT_PATH").nonEmpty
      if folder == nil { folder = try ClientFolder.require(environment).path }
      files = folder.map { TLSFiles(folder: $0) }
    }
    if let ca = choice.ca.nonEmpty { files?.ca = ca }
    if let certificate = choice.certificate.nonEmpty { files?.certificate = certificate }
    if let key = choice.key.nonEmpty { files?.key = key }
    tls = files
  }
}

extension Optional<String> {
  /// A variable that is set to nothing is not set.
  fileprivate var nonEmpty: String? { self?.isEmpty == false ? self : nil }
}
