import NIOCore
import Testing
import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

/// Many who do nothing, and some who do it slowly (CASES.md D5).
@Suite(.timeLimit(.minutes(2)), .serialized)
struct CrowdTests {
  static let hello = Message.hello(
    HelloBody(
      version: 1, minimumVersion: 1, maximumFrame: 1 << 22, maximumStreams: 1, initialCredit: 1 << 18,
      software: "idle", features: [])
  ).framed()

  /// What they cost is measured at the real daemon, where no other test allocates: Tests/Interop.
  @Test(.enabled(if: Process.allowDescriptors(3000), "needs 3000 descriptors"), arguments: [true, false])
  func besideAThousandIdleConnectionsTheNextIsServed(_ sayHello: Bool) async throws {
    var settings = ListenerSettings()
    settings.maximumConnectionsPerOrigin = 4096
    try await withListener(LimitTests.echo, settings: settings) { listener, path, thread in
      let caller = try await Dialer(thread: thread).connect(path)
      let _: String = try await caller.unary(.systemVersion, "x")
      var idle: [RawClient] = []
      for _ in 0..<1000 {
        let client = try RawClient(path)
        if sayHello { client.send(Self.hello) }
        idle.append(client)
      }
      try await CrowdTests.until { listener.activeConnections == 1001 && listener.connections.count == 1001 }
      if sayHello {
        try await CrowdTests.until { listener.connections.allSatisfy { $0.peerParameters != nil } }
      }
      let next = try await Dialer(thread: thread).connect(path)
      let begin = ContinuousClock.now
      for _ in 0..<100 { let _: String = try await next.unary(.systemVersion, "x") }
      #expect(ContinuousClock.now - begin < .seconds(30))
      idle = []
      next.close()
      caller.close()
      try await CrowdTests.until { listener.activeConnections == 0 }
    }
  }

  /// A byte now and then is not a hello: who sends so is closed when the time for it is over.
  @Test
  func slowPeersAreClosedAtTheHelloTimeout() async throws {
    var connection = ConnectionSettings()
    connection.helloTimeout = .seconds(1)
    try await withListener(LimitTests.echo, connection) { listener, path, thread in
      let slow = try (0..<50).map { _ in try RawClient(path) }
      let begin = ContinuousClock.now
      var sent = 0
      let caller = try await Dialer(thread: thread).connect(path)
      try await CrowdTests.until { listener.activeConnections == slow.count + 1 }
      while listener.activeConnections > 1 {
        // The last byte of the hello never comes.
        if sent < Self.hello.count - 1 {
          for client in slow { client.send([Self.hello[sent]]) }
          sent += 1
        }
        let _: String = try await caller.unary(.systemVersion, "x")
        try await Task.sleep(for: .milliseconds(20))
      }
      let took = ContinuousClock.now - begin
      #expect(took > .milliseconds(900) && took < .seconds(10), "\(took)")
      for client in slow { #expect(client.readToEnd() != nil) }
      let _: String = try await caller.unary(.systemVersion, "x")
      caller.close()
    }
  }

  @Test
  func aCrowdOfOthersLeavesPlacesForRoot() async throws {
    var settings = ListenerSettings()
    settings.maximumConnections = 6
    settings.reservedForRoot = 2
    let origin = Origin()
    let thread = EventLoopThread()
    let folder = try temporaryFolder()
    let path = folder + "/wherry.sock"
    let listener = Listener(
      [Entrance([try ListeningSocket(path: path)], origin)], thread: thread, settings: settings,
      service: LimitTests.echo)
    try await listener.startAccepting()
    var others: [ConnectionDriver] = []
    for _ in 0..<4 {
      let other = try await Dialer(thread: thread).connect(path)
      let _: String = try await other.unary(.systemVersion, "x")
      others.append(other)
    }
    let refused = try await Dialer(thread: thread).connect(path)
    let error = await #expect(throws: WherryError.self) {
      let _: String = try await refused.unary(.systemVersion, "x")
    }
    #expect(error?.message.contains("4 connections are open already") == true)
    origin.become("uid 0")
    for _ in 0..<2 {
      let root = try await Dialer(thread: thread).connect(path)
      let _: String = try await root.unary(.systemVersion, "x")
      others.append(root)
    }
    for other in others { other.close() }
    try await listener.shutDown("the test is over", grace: .zero)
    try await thread.shutDown()
    removeFolder(folder)
  }

  /// Waits without keeping a processor busy that the listener needs.
  static func until(_ isTrue: () -> Bool) async throws {
    while !isTrue() { try await Task.sleep(for: .milliseconds(5)) }
  }
}
