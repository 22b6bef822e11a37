import ArgumentParser
import Glibc
import Logging
import WherryLinux
import WherryModel
import WherryRegistry
import WherrySystemd
import WherryTLS
import WherryTransport

/// `wherry registry serve`.
struct RegistryServe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve a registry (OCI distribution specification 1.1)",
    discussion: """
      Images come into it by a push, from here or elsewhere: wherry push localhost:5000/NAME. Without --htpasswd and \
      --tls-client-ca whoever reaches the address may read and write. Started by wherry-registry.socket it exits when \
      it is idle.
      """)

  @Option(help: ArgumentHelp("Where everything is kept.", valueName: "dir"))
  var storage = RegistryCommand.defaultStorage

  @Option(
    help: ArgumentHelp(
      "Where to listen, unless systemd passes sockets; may be repeated.", valueName: "address:port"))
  var listen: [String] = []

  @Option(help: ArgumentHelp("Ask for names and passwords of this file; see htpasswd -B.", valueName: "file"))
  var htpasswd: String?

  @Option(
    help: ArgumentHelp("Serve TLS with this certificate in PEM, and those up to its CA.", valueName: "file"))
  var tlsCert: String?

  @Option(help: ArgumentHelp("The certificate's key.", valueName: "file"))
  var tlsKey: String?

  @Option(help: ArgumentHelp("Let in only clients with a certificate of this CA.", valueName: "file"))
  var tlsClientCa: String?

  @Option(
    help: ArgumentHelp(
      "Exit after being idle so long, when socket-activated; 0: never.", valueName: "seconds"))
  var idleExit: Double = 60

  @Option(
    help: ArgumentHelp(
      "Fetch from this registry what is asked for, and keep it; nothing can be pushed here.", valueName: "url"
    ))
  var proxy: String?

  @Option(
    help: ArgumentHelp(
      "Credentials for that registry, as docker login keeps them; without it there are none.",
      valueName: "file"))
  var proxyAuthFile: String?

  @Option(help: ArgumentHelp("Look tags up there again after so long.", valueName: "duration"))
  var proxyTtl = "1m"

  func validate() throws {
    guard (tlsCert == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-cert and --tls-key go together")
    }
    guard tlsClientCa == nil || tlsCert != nil else {
      throw ValidationError("--tls-client-ca needs --tls-cert")
    }
    guard proxy != nil || proxyAuthFile == nil else {
      throw ValidationError("--proxy-auth-file needs --proxy")
    }
    guard let nanoseconds = GoDuration.nanoseconds(proxyTtl), nanoseconds >= 0 else {
      throw ValidationError("--proxy-ttl is a duration such as 1m or 1h")
    }
    guard idleExit.isFinite, (0...1e9).contains(idleExit) else {
      throw ValidationError("--idle-exit is a number of seconds")
    }
  }

  /// Serves until a signal or idleness ends it; gives the exit code.
  func serve() async -> Int32 {
    LoggingSystem.bootstrap { JournalLogHandler(label: $0) }
    let logger = Logger(label: "wherry-registry")
    do {
      try await serve(logger)
      return 0
    } catch {
      logger.critical("cannot serve: \(WherryError.wrapping(error))")
      return 1
    }
  }

  private func serve(_ logger: Logger) async throws {
    BrokenPipe.ignore()
    let store = try RegistryStore(storage)
    let lock = try RegistryLock(store)
    defer { withExtendedLifetime(lock) {} }
    let pullThrough = try await pullThrough(logger)
    try store.claim(upstream: proxy)
    let inherited = try WherryError.converting { () throws(SystemError) in try SocketActivation.listen() }
    var sockets = inherited.map { ListeningSocket(inherited: $0.descriptor) }
    let addresses = listen.isEmpty ? ["127.0.0.1:5000"] : listen
    if inherited.isEmpty { sockets = try addresses.map { try ListeningSocket(address: $0) } }
    let gatekeeper = try Gatekeeper(passwords: htpasswd)
    var tls: ServerTLS?
    if let tlsCert, let tlsKey {
      tls = try ServerTLS(certificate: tlsCert, key: tlsKey, clientCA: tlsClientCa)
    }
    let isOpen =
      inherited.isEmpty
      ? addresses.contains { !Self.isLoopback($0) }
      : inherited.contains { NetworkSocket.isReachable($0.descriptor) }
    if isOpen, htpasswd != nil, tls == nil {
      logger.warning("passwords are sent without TLS: give --tls-cert and --tls-key")
    }
    if isOpen, htpasswd == nil, tlsClientCa == nil {
      logger.warning(
        "whoever reaches this address may \(proxy == nil ? "read and write" : "read"): give --htpasswd, or --tls-client-ca for certificates"
      )
    }
    let thread = EventLoopThread()
    let server = RegistryServer(
      sockets, thread: thread, store: store, gatekeeper: gatekeeper, tls: tls, pullThrough: pullThrough,
      logger: logger)
    let idle = inherited.isEmpty || idleExit == 0 ? nil : Duration.seconds(idleExit)
    try await serve(server, idle: idle, logger)
    try await thread.shutDown()
  }

  private func pullThrough(_ logger: Logger) async throws -> PullThrough? {
    guard let proxy, let nanoseconds = GoDuration.nanoseconds(proxyTtl) else { return nil }
    let upstream = try await ProxyUpstream(proxy, authFile: proxyAuthFile)
    return PullThrough(upstream, lifetime: .nanoseconds(nanoseconds), logger: logger)
  }

  private enum End: Sendable {
    case idle
    case signal(String)
    case server
  }

  private func serve(_ server: RegistryServer, idle: Duration?, _ logger: Logger) async throws {
    let signals = try SignalPipe([SIGTERM, SIGINT])
    try await withThrowingTaskGroup(of: End.self) { group in
      group.addTask {
        try await server.run { Notify.ready(status: "Serving \(storage)") }
        return .server
      }
      group.addTask {
        for signal in try await signals.next() { return .signal(Signal.name(signal)) }
        return .signal("none")
      }
      if let idle {
        group.addTask {
          try await server.waitUntilIdle(for: idle)
          return .idle
        }
      }
      let end = try await group.next() ?? .server
      Notify.stopping(status: "Stopping")
      if case .signal(let name) = end { logger.info("stopping", metadata: ["signal": "\(name)"]) }
      try await server.retire(grace: .seconds(5))
      group.cancelAll()
    }
  }

  private static func isLoopback(_ address: String) -> Bool {
    address.hasPrefix("127.") || address.hasPrefix("[::1]")
  }
}
