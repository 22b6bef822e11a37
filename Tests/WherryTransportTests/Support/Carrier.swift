import Glibc
import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

/// What carries a test's connection. Every behaviour must be the same over each.
enum Carrier: String, CaseIterable, Sendable {
  case inProcess
  case unixSocket

  /// Runs `body` with a client's and the server's end of one connection, then closes both.
  func connect(
    _ handlers: [RPCMethod: @Sendable (IncomingCall) async -> Void],
    role: Role = .admin, server: ConnectionSettings = ConnectionSettings(),
    client: ConnectionSettings = ConnectionSettings(), clientService: Service = .none,
    _ body: (_ client: ConnectionDriver, _ server: ConnectionDriver) async throws -> Void
  ) async throws {
    let service = Service.table(handlers)
    let peer = Peer(role: role, description: "the test")
    switch self {
    case .inProcess:
      let pair = InProcessTransport.connect(
        dialler: .init(settings: client, service: clientService),
        acceptor: .init(settings: server, peer: peer, service: service))
      try await body(pair.dialler, pair.acceptor)
      pair.dialler.close()
    case .unixSocket:
      try await withListener(service, server, policy: { _ in peer }) { listener, path, thread in
        var dialer = Dialer(thread: thread)
        dialer.settings = client
        dialer.service = clientService
        dialer.peer = Peer(role: .admin, description: "the server")
        let connection = try await dialer.connect(path)
        try await connection.hello()
        guard let server = listener.connections.first else {
          throw WherryError(.internal, "no connection was accepted")
        }
        try await body(connection, server)
        connection.close()
      }
    }
  }
}

/// Runs `body` with a listener on a socket in a new folder, then stops it.
func withListener(
  _ service: Service, _ connection: ConnectionSettings = ConnectionSettings(),
  settings: ListenerSettings = ListenerSettings(),
  policy: @escaping LocalDoorman.Policy = { _ in Peer(role: .admin, description: "the test") },
  _ body: (Listener, _ path: String, EventLoopThread) async throws -> Void
) async throws {
  var settings = settings
  settings.connection = connection
  let folder = try temporaryFolder()
  let path = folder + "/wherry.sock"
  let thread = EventLoopThread()
  let listener = Listener(
    [Entrance([try ListeningSocket(path: path)], LocalDoorman(policy: policy))], thread: thread,
    settings: settings, service: service)
  try await listener.startAccepting()
  var failure: (any Error)?
  do {
    try await body(listener, path, thread)
  } catch {
    failure = error
  }
  try await listener.shutDown("the test is over", grace: .seconds(0))
  try await thread.shutDown()
  unlink(path)
  rmdir(folder)
  if let failure { throw failure }
}

func temporaryFolder() throws -> String {
  var template = Array("/tmp/wherry-rpc-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw WherryError(.internal, "mkdtemp failed") }
  return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
}

extension Service {
  static func table(_ handlers: [RPCMethod: @Sendable (IncomingCall) async -> Void]) -> Service {
    Service { call in
      if let handler = handlers[call.method] {
        await handler(call)
      } else {
        await call.refuseUnknownMethod()
      }
    }
  }
}

extension ConnectionDriver {
  /// Waits until both sides have said hello.
  func hello() async throws {
    while peerParameters == nil {
      if isClosed { throw WherryError(.unavailable, "closed before hello") }
      await Task.yield()
    }
  }
}
