import Glibc
import Synchronization
import WherryModel
import WherryRPC
import WherryTransport
import WherryWire

/// A server and its clients on one unix socket, in one process.
struct Soak {
  let path: String
  let listener: Listener
  let thread: EventLoopThread
  let tally = Tally()

  static let clients = 4
  static let lanes = 4

  init(path: String) async throws {
    self.path = path
    thread = EventLoopThread()
    let doorman = LocalDoorman { _ in Peer(role: .admin, description: "the soak") }
    listener = Listener(
      [Entrance([try ListeningSocket(path: path)], doorman)], thread: thread, service: Methods.service)
    try await listener.startAccepting()
  }

  /// Makes `calls` calls, then waits until nothing of them is left.
  func run(_ calls: Int, _ random: inout Random) async throws {
    tally.allow(calls)
    let watchman = Task { try await watch() }
    defer { watchman.cancel() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<Self.clients {
        let random = random.split()
        group.addTask {
          var random = random
          while !tally.isSpent { try await visit(&random) }
        }
      }
      try await group.waitForAll()
    }
    try await settle()
  }

  /// Ends the process where nothing happens any more: no call may take so long.
  private func watch() async throws {
    var last = -1
    while tally.entered != last {
      last = tally.entered
      try await Task.sleep(for: .seconds(30))
    }
    print("fault: nothing happens for 30 s; these wait: \(tally.waits)")
    exit(1)
  }

  /// One connection, from its dialling to its end, which comes in the middle of calls.
  private func visit(_ random: inout Random) async throws {
    let connection = try await Dialer(thread: thread).connect(path)
    tally.connected()
    if random.once(in: 4) {
      RudePeer.visit(path, &random)
      tally.wasRude()
    }
    let budget = random.number(1...random.number(1...400))
    let isCutByServer = random.once(in: 3)
    await withTaskGroup(of: Void.self) { group in
      let made = Counter()
      for _ in 0..<Self.lanes {
        let random = random.split()
        group.addTask {
          var caller = Caller(connection: connection, tally: tally, random: random)
          while !connection.isClosed, tally.take() {
            // The other lanes have calls under way.
            if made.next() == budget { cut(connection, byServer: isCutByServer) }
            if await !caller.call() { break }
          }
        }
      }
    }
    // One whose calls fail must be closed; others are, here.
    if !tally.isSpent { try await closes(connection) }
    connection.close()
    let entry = tally.enter("the end of a connection")
    await connection.waitUntilClosed()
    tally.leave(entry)
    if connection.activeCalls != 0 { tally.fault("\(connection.activeCalls) calls outlive their connection") }
  }

  private func closes(_ connection: ConnectionDriver) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !connection.isClosed {
      if ContinuousClock.now > deadline { return tally.fault("calls fail on a connection that stays") }
      try await Task.sleep(for: .milliseconds(1))
    }
  }

  private func cut(_ connection: ConnectionDriver, byServer: Bool) {
    if byServer, let other = listener.connections.first {
      // Any client's: it learns of it in the middle of what it does.
      other.close("the soak cuts")
    } else {
      connection.close()
    }
  }

  private func settle() async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while listener.activeConnections > 0 || listener.activeCalls > 0 {
      if ContinuousClock.now > deadline {
        return tally.fault(
          "\(listener.activeConnections) connections and \(listener.activeCalls) handlers stay")
      }
      try await Task.sleep(for: .milliseconds(5))
    }
  }

  func end() async throws {
    try await listener.shutDown("the soak is over", grace: .zero)
    try await thread.shutDown()
  }
}

private final class Counter: Sendable {
  private let count = Mutex(0)

  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }
}
