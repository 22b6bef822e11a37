import Glibc
import Testing
import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

/// Who is let in, and how many (CASES.md D5, D6).
@Suite(.timeLimit(.minutes(1)), .serialized)
struct LimitTests {
  static let echo = Service.table([.systemVersion: { await $0.serveUnary { (text: String, _) in text } }])

  @Test
  func theCredentialsAreTheKernels() async throws {
    let seen = Probe()
    try await withListener(
      Self.echo,
      policy: { credentials in
        if credentials == PeerCredentials(uid: getuid(), gid: getgid(), pid: getpid()) { seen.add() }
        return Peer(role: .admin, description: credentials.description)
      }
    ) { _, path, thread in
      let client = try await Dialer(thread: thread).connect(path)
      let _: String = try await client.unary(.systemVersion, "x")
      #expect(seen.count == 1)
      client.close()
    }
  }

  @Test
  func whoThePolicyRefusesIsToldSo() async throws {
    try await withListener(Self.echo, policy: { _ in nil }) { listener, path, thread in
      let client = try await Dialer(thread: thread).connect(path)
      let error = await #expect(throws: WherryError.self) {
        let _: String = try await client.unary(.systemVersion, "x")
      }
      #expect(error?.message.contains("may not use this socket") == true)
      await client.waitUntilClosed()
      while listener.activeConnections > 0 { await Task.yield() }
    }
  }

  @Test(arguments: [(8, 3), (3, 8)])
  func oneConnectionMoreThanAllowedIsRefused(_ total: Int, _ perUser: Int) async throws {
    var settings = ListenerSettings()
    settings.maximumConnections = total
    settings.maximumConnectionsPerOrigin = perUser
    settings.reservedForRoot = 0
    try await withListener(Self.echo, settings: settings) { listener, path, thread in
      let dialer = Dialer(thread: thread)
      var clients: [ConnectionDriver] = []
      for _ in 0..<3 {
        let client = try await dialer.connect(path)
        let _: String = try await client.unary(.systemVersion, "x")
        clients.append(client)
      }
      let refused = try await dialer.connect(path)
      let error = await #expect(throws: WherryError.self) {
        let _: String = try await refused.unary(.systemVersion, "x")
      }
      #expect(
        error?.message.contains("connections open already") == true
          || error?.message.contains("are open already") == true)
      // The others do not notice; and a place that is left is free again.
      let _: String = try await clients[0].unary(.systemVersion, "x")
      clients[1].close()
      while listener.activeConnections > 2 { await Task.yield() }
      let next = try await dialer.connect(path)
      let _: String = try await next.unary(.systemVersion, "x")
      for client in clients + [next] { client.close() }
    }
  }

  @Test(arguments: [
    Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 3, 1, 2, 0], Array("SSH-2.0-OpenSSH_9.2p1 Debian\r\n".utf8),
    [UInt8](repeating: 0xff, count: 100_000), [0x5a, 0, 0x40, 0, 1],
  ])
  func aStrangerIsClosedAndOthersAreServed(_ bytes: [UInt8]) async throws {
    try await withListener(Self.echo) { listener, path, thread in
      let client = try await Dialer(thread: thread).connect(path)
      let stranger = try RawClient(path)
      stranger.send(bytes)
      #expect(stranger.readToEnd() != nil)
      let _: String = try await client.unary(.systemVersion, "x")
      while listener.activeConnections > 1 { await Task.yield() }
      client.close()
    }
  }

  @Test
  func thereAreNoMoreConnectionsThanDescriptorsForThem() {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    #expect(DescriptorLimit.connections(atMost: 1) == 1)
    #expect(DescriptorLimit.connections(atMost: .max) == Int(clamping: limit.rlim_cur) - 128)
  }

  @Test
  func aSilentPeerIsLetGo() async throws {
    var connection = ConnectionSettings()
    connection.helloTimeout = .milliseconds(50)
    try await withListener(Self.echo, connection) { _, path, _ in
      let silent = try RawClient(path)
      #expect(silent.readToEnd() != nil)
    }
  }

  @Test
  func aHalfClosedPeerIsLetGo() async throws {
    try await withListener(Self.echo) { listener, path, _ in
      for _ in 0..<20 {
        let client = try RawClient(path)
        client.send([0x58])
      }
      while listener.activeConnections > 0 { await Task.yield() }
    }
  }

  /// A subscriber that never reads holds its window and no more; others go on.
  @Test
  func aPeerThatNeverReadsStopsItsSenderOnly() async throws {
    let sent = Probe()
    let handlers: [RPCMethod: @Sendable (IncomingCall) async -> Void] = [
      .containerLogs: { call in
        await call.serveOutput { (_: Nothing, output: ItemSink<String>, _) -> Nothing in
          while true {
            try await output.send(String(repeating: "x", count: 10_000))
            sent.add()
          }
        }
      },
      .systemVersion: { await $0.serveUnary { (text: String, _) in text } },
    ]
    try await withListener(Service.table(handlers)) { _, path, thread in
      let reader = try RawClient(path)
      let hello = Message.hello(
        HelloBody(
          version: 1, minimumVersion: 1, maximumFrame: 1 << 22, maximumStreams: 1,
          initialCredit: 1 << 40, software: "never reads", features: []))
      reader.send(hello.framed())
      reader.send(
        Message.request(
          StreamID(rawValue: 1), method: RPCMethod.containerLogs.number, params: [0xa0], deadline: nil
        ).framed())
      try await sent.reach(20)
      let client = try await Dialer(thread: thread).connect(path)
      var last = -1
      // Its socket and what may be queued take some; then it stands still while the other is served.
      while last != sent.count {
        last = sent.count
        for _ in 0..<200 { let _: String = try await client.unary(.systemVersion, "x") }
      }
      #expect(sent.count < 400)
      client.close()
    }
  }
}
