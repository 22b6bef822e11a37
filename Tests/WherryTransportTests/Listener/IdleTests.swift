import Glibc
import Testing
import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

/// A daemon that goes loses no request.
@Suite(.timeLimit(.minutes(1)), .serialized)
struct IdleTests {
  static let echo = Service.table([.systemVersion: { await $0.serveUnary { (text: String, _) in text } }])

  @Test
  func nothingConnectedIsIdleAtOnce() async throws {
    try await withListener(Self.echo) { listener, _, _ in
      try await listener.waitUntilIdle(for: .zero)
      let mayExit = try await listener.retire()
      #expect(mayExit)
    }
  }

  @Test
  func aConnectedClientWithoutACallIsSentAway() async throws {
    try await withListener(Self.echo) { listener, path, thread in
      let client = try await Dialer(thread: thread).connect(path)
      let _: String = try await client.unary(.systemVersion, "x")
      #expect(listener.activeConnections == 1)
      let mayExit = try await listener.retire()
      #expect(mayExit)
      await client.waitUntilClosed()
    }
  }

  @Test
  func whoHasJustComeIsNotSentAway() async throws {
    try await withListener(Self.echo) { listener, path, thread in
      let client = try await Dialer(thread: thread).connect(path)
      let _: String = try await client.unary(.systemVersion, "x")
      let mayExit = try await listener.retire(idleFor: .seconds(3600))
      #expect(!mayExit)
      // On the connection there is, and on another.
      let echoed: String = try await client.unary(.systemVersion, "y")
      #expect(echoed == "y")
      let other = try await Dialer(thread: thread).connect(path)
      let _: String = try await other.unary(.systemVersion, "z")
    }
  }

  @Test
  func aCallInFlightKeepsTheDaemon() async throws {
    let started = Probe()
    let mayEnd = Probe()
    let handler: @Sendable (IncomingCall) async -> Void = { call in
      await call.serveUnary { (text: String, _) in
        started.add()
        try await mayEnd.reach(1)
        return text
      }
    }
    let service = Service.table([
      .systemVersion: handler, .systemInfo: { await $0.serveUnary { (text: String, _) in text } },
    ])
    try await withListener(service) { listener, path, thread in
      let client = try await Dialer(thread: thread).connect(path)
      async let answer: String = client.unary(.systemVersion, "x")
      try await started.reach(1)
      #expect(listener.idleSince == nil)
      let mayExit = try await listener.retire()
      #expect(!mayExit)
      // Others are served again, and the call comes to its end.
      let other = try await Dialer(thread: thread).connect(path)
      let echoed: String = try await other.unary(.systemInfo, "y")
      #expect(echoed == "y")
      mayEnd.add()
      let result = try await answer
      #expect(result == "x")
      other.close()
    }
  }

  /// The listening socket outlives the listener, as systemd's does: the next daemon serves who waits.
  @Test
  func whoConnectsWhileNobodyAcceptsIsServedByTheNext() async throws {
    let folder = try temporaryFolder()
    let path = folder + "/wherry.sock"
    let socket = try ListeningSocket(path: path)
    let thread = EventLoopThread()
    func daemon() -> Listener {
      Listener(
        [Entrance([socket], LocalDoorman(policy: { _ in Peer(role: .admin, description: "x") }))],
        thread: thread, service: Self.echo)
    }
    let first = daemon()
    try await first.startAccepting()
    let connection = RedialingConnection { try await Dialer(thread: thread).connect(path) }
    let one: String = try await connection.unary(.systemVersion, "one")
    #expect(one == "one")
    let mayExit = try await first.retire()
    #expect(mayExit)
    async let two: String = connection.unary(.systemVersion, "two")
    async let three: String = RedialingConnection { try await Dialer(thread: thread).connect(path) }
      .unary(.systemVersion, "three")
    let second = daemon()
    try await second.startAccepting()
    let answers = try await (two, three)
    #expect(answers == ("two", "three"))
    connection.close()
    try await second.shutDown("the test is over", grace: .zero)
    try await thread.shutDown()
    unlink(path)
    rmdir(folder)
  }

  /// Clients call without pause while daemons retire and follow each other.
  @Test
  func noCallIsLostWhileDaemonsComeAndGo() async throws {
    let folder = try temporaryFolder()
    let path = folder + "/wherry.sock"
    let socket = try ListeningSocket(path: path)
    let thread = EventLoopThread()
    let rounds = Probe()
    let daemons = Task {
      while !Task.isCancelled {
        let listener = Listener(
          [Entrance([socket], LocalDoorman(policy: { _ in Peer(role: .admin, description: "x") }))],
          thread: thread, service: Self.echo)
        try await listener.startAccepting()
        var mayExit = false
        while !mayExit, !Task.isCancelled {
          try await listener.waitUntilIdle(for: .milliseconds(2))
          mayExit = try await listener.retire()
        }
        rounds.add()
      }
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for client in 0..<4 {
        group.addTask {
          let connection = RedialingConnection(attempts: 1000) {
            try await Dialer(thread: thread).connect(path)
          }
          for number in 0..<50 {
            // Now and then nobody asks for anything, and the daemon goes.
            if number % 10 == 9 { try await Task.sleep(for: .milliseconds(4)) }
            let answer: String = try await connection.unary(.systemVersion, "\(client) \(number)")
            #expect(answer == "\(client) \(number)")
          }
          connection.close()
        }
      }
      // The last clients need a daemon until they are done.
      try await group.waitForAll()
    }
    daemons.cancel()
    _ = await daemons.result
    #expect(rounds.count > 0)
    try await thread.shutDown()
    unlink(path)
    rmdir(folder)
  }
}
