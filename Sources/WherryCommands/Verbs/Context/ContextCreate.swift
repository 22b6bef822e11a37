import ArgumentParser
import WherryClient
import WherryModel
import WherryTLS

struct ContextCreateVerb: Verb {
  static let synopsis = "context create [OPTIONS] CONTEXT"
  static let configuration: CommandConfiguration = describe("create", "Create a context")
  static let flagSet = FlagSet(flags: [
    .value("description"), .value("wherry", nil, aliases: ["docker"]),
  ])

  @Option(help: "Description of the context")
  var description = ""
  @Option(help: "The endpoint: host=tcp://HOST,ca=FILE,cert=FILE,key=FILE")
  var wherry: String?
  @Argument var words: [String] = []

  func perform(_ context: Context) async throws -> Int32 {
    try Self.require(words, .exactly(1))
    guard let wherry else {
      throw UsageError(
        message: "context create needs the endpoint", hint: "--wherry \"host=ssh://USER@HOST\"")
    }
    let fields = try Self.option("wherry", wherry) { () throws(OptionError) in
      try ContextEndpoint.parse(wherry)
    }
    let endpoint = try Endpoint(fields.host)
    if case .tls = endpoint.transport, fields.tls == nil {
      throw UsageError(message: "a tcp:// context needs certificates", hint: "add ca=FILE,cert=FILE,key=FILE")
    }
    try Context.store().create(
      ConnectionContext(name: words[0], description: description, endpoint: endpoint, tls: fields.tls))
    try context.console.print(words[0])
    return 0
  }
}

/// `host=URL[,ca=FILE,cert=FILE,key=FILE]`, as `docker context create --docker` has it.
struct ContextEndpoint: Equatable {
  var host: String
  var tls: TLSFiles?

  static func parse(_ text: String) throws(OptionError) -> ContextEndpoint {
    var values: [String: String] = [:]
    for part in text.split(separator: ",") {
      let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let key = String(pair[0])
      guard pair.count == 2, !pair[1].isEmpty else { throw OptionError("'\(key)' needs a value") }
      guard ["host", "ca", "cert", "key"].contains(key) else {
        throw OptionError("unknown key '\(key)': use host, ca, cert and key")
      }
      guard values.updateValue(String(pair[1]), forKey: key) == nil else {
        throw OptionError("'\(key)' is given twice")
      }
    }
    guard let host = values["host"] else { throw OptionError("'host' is missing") }
    let files = [values["ca"], values["cert"], values["key"]].compactMap(\.self)
    guard files.count == 3 || files.isEmpty else {
      throw OptionError("give all of ca, cert and key, or none")
    }
    guard files.count == 3 else { return ContextEndpoint(host: host) }
    return ContextEndpoint(host: host, tls: TLSFiles(ca: files[0], certificate: files[1], key: files[2]))
  }
}

extension Context {
  /// The contexts of this user.
  static func store() throws -> ContextStore { ContextStore(try ClientFolder.require(environment)) }
}
